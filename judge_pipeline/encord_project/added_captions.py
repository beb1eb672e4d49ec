"""Captions that others add to the folders of a run's images while it works."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from encord.storage import StorageFolder

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.newest_items import ITEMS_PER_PAGE
from judge_pipeline.encord_project.uploads import JOB_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

Result = TypeVar("Result")

LATE = timedelta(seconds=JOB_TIMEOUT_SECONDS)
"""Items that were created this long before the newest known one are looked for again: the job that makes an item may take as long."""

LATE_AT_FULL_SPEED = timedelta(minutes=1)
"""The same beyond the first page, so when a thousand items are newer; the same as for rows (`engine/own_rows.py`)."""

TypedTag = tuple[Tag, str]
"""The Tag and the Data Type of a caption."""


@dataclass(frozen=True, slots=True)
class AddedItem:
    """An item that holds captions: their uuids by Tag and Data Type. None if it does not say, yet, whose they are."""

    created: datetime
    texts: Mapping[TypedTag, str] | None


class AddedCaptions:
    """Captions of these tags that were added since the run has read its rows.

    A run itself adds thousands of items in a minute. So each look reads what is newer than the last one, and keeps only for which
    captions there is an item, linked or not. Which items are linked is asked only if one of the captions wanted is among them.
    """

    def __init__(self, project: "EncordProject", tags: Container[Tag], *, known_until: datetime) -> None:
        """`known_until`: what was linked until then, by Encord's clock, is among the rows that the run has read."""
        self._project = project
        self._tags = tags
        self._known_until = known_until
        self._newest: dict[UUID, datetime] = {}
        self._seen: set[TypedTag | None] = set()
        self._lock = threading.Lock()

    def linked(self, folder_uuid: UUID, wanted: Collection[TypedTag], since: datetime) -> Mapping[TypedTag, list[str]]:
        """The uuids of the wanted captions that were created in a folder since then and are linked, oldest first.

        There are none if the key may not see the folder: it cannot upload there either.
        """
        self._read(folder_uuid, lambda folder: self._look(folder, since))
        if self._seen.isdisjoint({None, *wanted}):
            return {}
        return self._read(folder_uuid, lambda folder: self._listed(folder, wanted, since)) or {}

    def _look(self, folder: StorageFolder, since: datetime) -> None:
        known_until = self._newest.get(folder.uuid, self._known_until)
        seen: set[TypedTag | None] = set()
        newest = known_until
        for place, item in enumerate(self._project.captions.newest(folder)):
            late = LATE if place < ITEMS_PER_PAGE else LATE_AT_FULL_SPEED
            if item.created < max(since, known_until - late):
                break
            newest = max(newest, item.created)
            seen |= {None} if item.texts is None else {typed for typed in item.texts if typed[0] in self._tags}
        with self._lock:  # link calls overlap
            self._seen |= seen
            self._newest[folder.uuid] = max(newest, self._newest.get(folder.uuid, newest))

    def _listed(
        self, folder: StorageFolder, wanted: Collection[TypedTag], since: datetime
    ) -> dict[TypedTag, list[str]]:
        found: dict[TypedTag, list[tuple[datetime, str]]] = defaultdict(list)
        for item in self._project.captions.newest(folder, is_linked=True):
            if item.created < since:
                break
            for typed, uuid in (item.texts or {}).items():
                if typed in wanted:
                    found[typed].append((item.created, uuid))
        return {typed: [uuid for _, uuid in sorted(items)] for typed, items in found.items()}

    def _read(self, folder_uuid: UUID, read: Callable[[StorageFolder], Result]) -> Result | None:
        project = self._project
        return project.row_by_row.each(
            "looking for new captions",
            [folder_uuid],
            lambda folders: {folder: read(project.folder(folder)) for folder in folders},
            may_stop_the_run=False,
        ).done.get(folder_uuid)
