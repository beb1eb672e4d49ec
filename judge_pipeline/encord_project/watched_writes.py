"""Writes that lose nothing of what others write at the same time, although Encord's last write of a row or item wins.

The rows are read right before the write, continuously while it is under way, and once after it. Whatever somebody else
has changed meanwhile is put back where our write has replaced it.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from encord.common.time_parser import parse_datetime
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.label_log import Action, LabelLog
from encord.project import Project
from encord.storage import StorageItem

from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.write_guard import before_write

State = TypeVar("State")

LabelDict = dict[str, Any]
"""A label row as Encord sends it."""

MOST_SAVES = 5
"""Of one row: the first, and those that put back what others have saved meanwhile."""

OLDEST_READ_SECONDS = 1.0
"""A process that was suspended after reading reads again before it saves."""

BUSY_SECONDS = 2.0
"""How long the rows are read without a pause while a save is under way; a save usually takes less."""

PAUSE_SECONDS = 0.1

SHAPES = ("boundingBox", "rotatableBoundingBox", "polygon", "polyline", "point", "skeleton", "bitmask", "cuboid")


def write_watched(write: Callable[[], object], read: Callable[[], State]) -> tuple[list[State], Exception | None]:
    """Calls `write`; returns what `read` returned meanwhile and afterwards, and the error of `write`, if any."""
    seen: list[State] = []
    ended = threading.Event()

    def watch() -> None:
        begun = time.monotonic()
        while not ended.is_set():
            with suppress(Exception):  # the read after the write raises what is still wrong then
                seen.append(read())
            if time.monotonic() - begun > BUSY_SECONDS:
                ended.wait(PAUSE_SECONDS)

    watching = threading.Thread(target=watch, daemon=True, name="watched-write")
    watching.start()
    error = None
    try:
        write()
    except Exception as caught:
        error = caught
    finally:
        ended.set()
        watching.join()
    try:
        seen.append(read())
    except Exception as caught:
        error = error or caught
    return seen, error


def changes_by_others(
    before: Mapping[str, Any], ours: Mapping[str, Any], seen: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """The keys that somebody else has changed, each with the last of the states in `seen` that shows the change."""
    found = {}
    for number, state in enumerate(seen):
        for key in before.keys() | ours.keys() | state.keys():
            if state.get(key) not in (before.get(key), ours.get(key)):
                found[key] = number
    return found


@dataclass(slots=True)
class _Row:
    """One row during its saves; `logged` are our own changes, `settled` the labels that others have changed.

    The first save returned `seconds` after the row was read.
    """

    label_row: LabelRowV2
    before: LabelDict
    read_at: float
    seconds: float = 0.0
    logged: set[tuple[Action, str]] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    now: LabelDict = field(default_factory=dict)


def save_label_rows(
    project: Project, label_rows: Iterable[LabelRowV2], change: Callable[[LabelRowV2], bool]
) -> dict[str, str]:
    """Reads the rows, changes them by `change` and saves those for which it returns True; four requests more than a plain save.

    What others save in the meantime stays, and takes precedence over ours. `change` may be called several times.
    Returns, by data hash, what has been overwritten and can only be seen in Encord's label log.
    """
    by_hash = _initialised(project, label_rows)
    begun = time.monotonic()
    before = read_labels(project, by_hash)
    saving = _changed(by_hash, before, change)
    while time.monotonic() - begun > OLDEST_READ_SECONDS:
        begun = time.monotonic()
        before = read_labels(project, by_hash)
        saving = _changed(by_hash, before, change)
    rows = {label_hash: _Row(by_hash[label_hash], before[label_hash], begun) for label_hash in saving}
    for _ in range(MOST_SAVES):
        if not saving:
            break
        saving = _save_once(project, {label_hash: rows[label_hash] for label_hash in saving})
    unsettled = {
        rows[label_hash].label_row.data_hash: _look_at(rows[label_hash].label_row, "it") for label_hash in saving
    }
    return unsettled | _overwritten(project, list(rows.values()))


def add_metadata(
    project: Project,
    items: Mapping[str, StorageItem],
    added: Mapping[str, Mapping[str, Any]],
    read: Callable[[Sequence[str]], Mapping[str, StorageItem]],
) -> dict[str, str]:
    """Adds keys to the client metadata of items, by uuid; two requests more than a plain write.

    Encord replaces an item's metadata as a whole, so all other keys are sent as well. Those that others write in the
    meantime stay. Returns why an item has other values than those `added`.
    """
    before = {uuid: dict(item.client_metadata or {}) for uuid, item in items.items()}
    wanted = {uuid: {**before[uuid], **added[uuid]} for uuid in items}
    for _ in range(MOST_SAVES):
        writing = {uuid: metadata for uuid, metadata in wanted.items() if metadata != before[uuid]}
        if not writing:
            break
        states = _write_metadata(project, {uuid: items[uuid] for uuid in writing}, writing, read)
        for uuid, sent in writing.items():
            seen = [state[uuid] for state in states if uuid in state]
            others = changes_by_others(before[uuid], sent, seen)
            wanted[uuid] = {key: value for key, value in sent.items() if key not in others}
            wanted[uuid] |= {key: seen[number][key] for key, number in others.items() if key in seen[number]}
            before[uuid] = seen[-1] if seen else sent
    return {
        uuid: f"somebody else has set {key!r} of {items[uuid].name!r} while it was being written; run it again"
        for uuid, keys in added.items()
        if uuid in items
        for key, value in keys.items()
        if before[uuid].get(key) != value
    }


def _write_metadata(
    project: Project,
    items: Mapping[str, StorageItem],
    metadata: Mapping[str, dict[str, Any]],
    read: Callable[[Sequence[str]], Mapping[str, StorageItem]],
) -> list[dict[str, dict[str, Any]]]:
    """Writes; returns the metadata that the items had meanwhile and have now."""

    def write() -> None:
        with project.create_bundle() as bundle:
            for uuid, item in items.items():
                item.update(client_metadata=metadata[uuid], bundle=bundle)
            before_write()

    def now() -> dict[str, dict[str, Any]]:
        return {uuid: dict(item.client_metadata or {}) for uuid, item in read(list(items)).items()}

    states, error = write_watched(write, now)
    if error is not None:
        raise error
    return states


def read_labels(project: Project, label_hashes: Iterable[str]) -> dict[str, LabelDict]:
    """The rows' labels as Encord sends them, by label hash; one request."""
    wanted = list(label_hashes)
    found = project.get_label_rows(wanted, get_signed_url=False) if wanted else []
    labels = {str(label["label_hash"]): dict(label) for label in found}
    if labels.keys() < set(wanted):
        raise RowRefused("its labels are no longer in the project; was the image unlinked or deleted?")
    return labels


def _initialised(project: Project, label_rows: Iterable[LabelRowV2]) -> dict[str, LabelRowV2]:
    """The rows by label hash; those without labels get an empty set."""
    rows = list(label_rows)
    new = [row for row in rows if row.label_hash is None]
    with project.create_bundle() as bundle:
        for row in new:
            row.initialise_labels(bundle=bundle)
        if new:
            before_write()
    return {str(row.label_hash): row for row in rows}


def _changed(
    by_hash: Mapping[str, LabelRowV2], labels: Mapping[str, LabelDict], change: Callable[[LabelRowV2], bool]
) -> list[str]:
    changed = []
    for label_hash, row in by_hash.items():
        row.from_labels_dict(labels[label_hash])
        if change(row):
            changed.append(label_hash)
    return changed


def _save_once(project: Project, rows: Mapping[str, _Row]) -> list[str]:
    """Saves the rows as they are; returns those that must be saved again, prepared for it."""
    sent = {label_hash: row.label_row.to_encord_dict() for label_hash, row in rows.items()}

    def save() -> None:
        _save(project, [row.label_row for row in rows.values()])
        for row in rows.values():
            row.seconds = row.seconds or time.monotonic() - row.read_at

    seen, error = write_watched(save, lambda: read_labels(project, rows))
    again = []
    for label_hash, row in rows.items():
        states = [state[label_hash] for state in seen if label_hash in state]
        if states and _prepare_restoring(row, sent[label_hash], states, with_ours=error is None):
            again.append(label_hash)
    if error is not None:
        with suppress(Exception):  # the failed save may have had its effect, and whoever repeats it reads only that
            _save(project, [rows[label_hash].label_row for label_hash in again])
        raise error
    return again


def _save(project: Project, label_rows: Sequence[LabelRowV2]) -> None:
    with project.create_bundle() as bundle:
        for label_row in label_rows:
            label_row.save(bundle=bundle)
        if label_rows:
            before_write()


def _prepare_restoring(row: _Row, sent: LabelDict, states: Sequence[LabelDict], *, with_ours: bool) -> bool:
    """Compares what is there with what should be; changes the row accordingly and returns True if they differ.

    What should be there are the changes of others and, `with_ours`, what was `sent`.
    """
    before, ours = labels_in(row.before), labels_in(sent)
    others = changes_by_others(before, ours, [labels_in(state) for state in states])
    row.logged |= {(Action.ADD, key) for key in ours.keys() - before.keys()}
    row.logged |= {(Action.DELETE, key) for key in before.keys() - ours.keys()}
    row.logged |= {(Action.EDIT, key) for key in before.keys() & ours.keys() if before[key] != ours[key]}
    row.settled |= others.keys()
    row.now = now = states[-1]
    source = dict.fromkeys(ours, sent) | {key: states[number] for key, number in others.items()}
    theirs = [answer for key in others if (answer := _answer(source[key], key)) is not None]
    present = labels_in(now)
    is_different = False
    merged: LabelDict = json.loads(json.dumps(now, default=str))
    for key in present.keys() | source.keys() if with_ours else others.keys():
        label = source.get(key)
        wanted = None if label is None else labels_in(label).get(key)
        if wanted is not None and key not in others and _is_answered_by(theirs, _answer(label, key)):
            wanted = None
        if wanted != present.get(key):
            is_different = True
            _put(merged, key, label if wanted is not None else None)
    row.label_row.from_labels_dict(merged)
    row.before = now
    return is_different


def labels_in(labels: LabelDict) -> dict[str, str]:
    """What each label of a row says, by its hash; without authors and times, so that only changes of content differ."""
    found = {
        key: json.dumps([answer.get("featureHash"), _answers(answer)], sort_keys=True)
        for key, answer in labels["classification_answers"].items()
    }
    shapes: dict[str, list[Any]] = defaultdict(list)
    for unit, frame, entry in _objects(labels):
        shape = {name: _rounded(entry[name]) for name in SHAPES if entry.get(name) is not None}
        shapes[str(entry["objectHash"])].append([unit, frame, entry.get("featureHash"), shape])
    for key, entries in shapes.items():
        found[key] = json.dumps([entries, _answers(labels["object_answers"].get(key) or {})], sort_keys=True)
    return found


def _answers(answer: Mapping[str, Any]) -> list[Any]:
    given = []
    for attribute in answer.get("classifications") or ():
        answers = attribute.get("answers")
        if isinstance(answers, list):
            answers = sorted(str(each.get("featureHash")) if isinstance(each, dict) else str(each) for each in answers)
        given.append([str(attribute.get("featureHash")), answers])
    return sorted(given, key=lambda pair: str(pair[0]))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 5) if isinstance(value, float) else value


def _objects(labels: LabelDict) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each object of each frame, with its data unit and frame; an image is one frame without a number."""
    for unit, content in labels["data_units"].items():
        for frame, found in _frames(content.get("labels") or {}):
            for entry in found.get("objects") or ():
                yield unit, frame, entry


def _frames(labels: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "objects" in labels:
        yield "", labels
    else:
        yield from ((frame, found) for frame, found in labels.items() if isinstance(found, dict))


def _answer(labels: LabelDict | None, key: str) -> dict[str, Any] | None:
    return labels["classification_answers"].get(key) if labels else None


def _is_answered_by(theirs: Sequence[dict[str, Any]], ours: dict[str, Any] | None) -> bool:
    """Whether others have answered the same classification on one of our frames: Encord keeps one answer."""
    if ours is None:
        return False
    return any(
        answer.get("featureHash") == ours.get("featureHash") and first <= their_last and their_first <= last
        for answer in theirs
        for their_first, their_last in answer.get("range") or ()
        for first, last in ours.get("range") or ()
    )


def _put(labels: LabelDict, key: str, source: LabelDict | None) -> None:
    """Makes one label of `labels` what it is in `source`, or removes it."""
    for part in ("classification_answers", "object_answers", "object_actions"):
        labels[part].pop(key, None)
        if source is not None and key in source[part]:
            labels[part][key] = source[part][key]
    for content in labels["data_units"].values():
        for _, found in _frames(content.get("labels") or {}):
            if found.get("objects"):
                found["objects"] = [entry for entry in found["objects"] if entry["objectHash"] != key]
    for unit, frame, entry in _objects(source) if source is not None else ():
        if entry["objectHash"] == key:
            frames = labels["data_units"][unit].setdefault("labels", {})
            target = frames if not frame else frames.setdefault(frame, {"objects": [], "classifications": []})
            target.setdefault("objects", []).append(entry)


def _overwritten(project: Project, rows: Sequence[_Row]) -> dict[str, str]:
    """What Encord's log says about labels saved since the rows were read that are neither ours nor there; one request.

    The log says who changed which label, but not to what. Its times are Encord's, as are those of the saves.
    """
    edits = [parse_datetime(row.now["last_edited_at"]) for row in rows if row.now.get("last_edited_at")]
    if not edits:
        return {}
    by_data_hash = {row.label_row.data_hash: row for row in rows}
    lasted = timedelta(seconds=max(row.seconds for row in rows))
    logs = [
        log
        for log in project.get_label_logs(after=min(edits) - lasted - timedelta(seconds=1))
        if log.data_hash in by_data_hash and log.identifier
    ]
    our_saves: dict[str, set[datetime]] = defaultdict(set)
    seen_saves: dict[str, set[datetime]] = defaultdict(set)
    for log in logs:
        row = by_data_hash[log.data_hash]
        if (log.action, log.identifier) in row.logged:
            our_saves[log.data_hash].add(log.created_at)
        if log.identifier in row.settled:
            seen_saves[log.data_hash].add(log.created_at)
    found: dict[str, list[LabelLog]] = defaultdict(list)
    for log in logs:
        saves = our_saves[log.data_hash]
        is_earlier = bool(saves) and log.created_at < min(saves) - lasted
        if not is_earlier and not _is_explained(log, by_data_hash[log.data_hash], saves | seen_saves[log.data_hash]):
            found[log.data_hash].append(log)
    return {
        data_hash: _look_at(by_data_hash[data_hash].label_row, _named(overwritten))
        for data_hash, overwritten in found.items()
    }


def _is_explained(log: LabelLog, row: _Row, known_saves: set[datetime]) -> bool:
    """Whether a change is ours, or there, or put back. An edit may be one in form only, of a save that is known."""
    if log.identifier in row.settled:
        return True
    is_present = log.identifier in labels_in(row.now)
    match log.action:
        case Action.ADD:
            return is_present or (log.action, log.identifier) in row.logged
        case Action.DELETE:
            return not is_present
        case Action.EDIT:
            answer = row.now["classification_answers"].get(log.identifier) or {}
            return log.created_at in known_saves or (not known_saves and answer.get("lastEditedBy") == log.user_email)
        case _:
            return True


def _named(logs: Sequence[LabelLog]) -> str:
    labels = ", ".join(sorted({repr(log.label_name) if log.label_name else "an object" for log in logs}))
    return f"{labels} (by {', '.join(sorted({log.user_email for log in logs}))})"


def _look_at(row: LabelRowV2, what: str) -> str:
    return (
        f"{row.data_title!r} was changed by somebody else while it was being saved, and {what} may have been overwritten; "
        "look at it in Encord's label editor, then run it again"
    )
