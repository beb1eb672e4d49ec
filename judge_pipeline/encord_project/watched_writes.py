"""Writes that lose nothing of what others write at the same time, although Encord's last write of a row or item wins.

The rows are read right before the write, continuously while it is under way, and once after it. Whatever somebody else
has changed meanwhile is put back where our write has replaced it.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from encord.project import Project
from encord.storage import StorageItem

from judge_pipeline.encord_project.write_guard import before_write

State = TypeVar("State")

MOST_SAVES = 5
"""Of one row: the first, and those that put back what others have saved meanwhile."""

BUSY_SECONDS = 2.0
"""How long the rows are read without a pause while a save is under way; a save usually takes less."""

PAUSE_SECONDS = 0.1


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
    last: list[State] = []
    try:
        last.append(read())  # the reading under way began before the write had ended
    except Exception as caught:
        error = error or caught
    watching.join()
    return [*seen, *last], error


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
