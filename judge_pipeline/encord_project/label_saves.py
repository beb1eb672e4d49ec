"""Label rows saved so that nothing is lost of what others save meanwhile; Encord's label log names what may be lost all the same."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from encord.common.time_parser import parse_datetime
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.label_log import Action, LabelLog
from encord.orm.label_row import LabelRow
from encord.project import Project

from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.label_content import LabelDict, answer_of, is_answered_by, labels_in, put_label
from judge_pipeline.encord_project.watched_writes import MOST_SAVES, changes_by_others, write_watched
from judge_pipeline.encord_project.write_guard import before_write

OLDEST_READ_SECONDS = 1.0
"""A process that was suspended after reading reads again before it saves; one that is slow each time does so only once."""

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    longest = OLDEST_READ_SECONDS
    while (took := time.monotonic() - begun) > longest:
        longest = 2 * took
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
        _save(project, sent)
        for row in rows.values():
            row.seconds = row.seconds or time.monotonic() - row.read_at

    seen, error = write_watched(save, lambda: read_labels(project, rows))
    again = []
    for label_hash, row in rows.items():
        states = [state[label_hash] for state in seen if label_hash in state]
        if states and _prepare_restoring(row, sent[label_hash], states, with_ours=error is None):
            again.append(label_hash)
    if error is not None:
        with suppress(Exception):  # the failed save may have had its effect, and a retry reads only that
            _save(project, {label_hash: rows[label_hash].label_row.to_encord_dict() for label_hash in again})
        raise error
    return again


def _save(project: Project, labels: Mapping[str, LabelDict]) -> None:
    """Sends what `LabelRowV2.save` sends, whose bundle would serialise the labels once more and copy them twice."""
    if labels:
        before_write()
        project._client.save_label_rows(list(labels), cast("list[LabelRow]", list(labels.values())))  # noqa: SLF001


def _prepare_restoring(row: _Row, sent: LabelDict, states: Sequence[LabelDict], *, with_ours: bool) -> bool:
    """Compares what is there with what should be; changes the row accordingly and returns True if they differ.

    What should be there are the changes of others and, `with_ours`, what was `sent`.
    """
    before, ours, seen = labels_in(row.before), labels_in(sent), [labels_in(state) for state in states]
    others = changes_by_others(before, ours, seen)
    row.logged |= {(Action.ADD, key) for key in ours.keys() - before.keys()}
    row.logged |= {(Action.DELETE, key) for key in before.keys() - ours.keys()}
    row.logged |= {(Action.EDIT, key) for key in before.keys() & ours.keys() if before[key] != ours[key]}
    row.settled |= others.keys()
    source = dict.fromkeys(ours, (sent, ours)) | {key: (states[number], seen[number]) for key, number in others.items()}
    theirs = [answer for key in others if (answer := answer_of(source[key][0], key)) is not None]
    row.before = row.now = now = states[-1]
    present = seen[-1]
    restored: dict[str, LabelDict | None] = {}
    for key in present.keys() | source.keys() if with_ours else others.keys():
        label, contents = source.get(key, (None, {}))
        wanted = contents.get(key)
        if wanted is not None and key not in others and is_answered_by(theirs, answer_of(label, key)):
            wanted = None
        if wanted != present.get(key):
            restored[key] = label if wanted is not None else None
    merged: LabelDict = json.loads(json.dumps(now, default=str)) if restored else now
    for key, label in restored.items():
        put_label(merged, key, label)
    row.label_row.from_labels_dict(merged)
    return bool(restored)


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
    """Whether a change is ours, or there, or put back. An edit may be one in form only, of a save that is known.

    A label that we have removed was there when the row was read, so its addition before our save is not lost.
    """
    if log.identifier in row.settled:
        return True
    is_present = log.identifier in labels_in(row.now)
    match log.action:
        case Action.ADD:
            was_read = (Action.DELETE, log.identifier) in row.logged and log.created_at < min(
                known_saves, default=_NEVER
            )
            return is_present or was_read or (log.action, log.identifier) in row.logged
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
