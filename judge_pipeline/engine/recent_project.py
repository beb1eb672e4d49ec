"""The Encord project as a command has just opened it: its runs use it too, unless that was more than a moment ago."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from judge_pipeline.domain.project_snapshot import ProjectRow
    from judge_pipeline.encord_project.project import EncordProject

MOMENT_SECONDS = 10.0
"""Status, workflow, ontology and datasets may be so old in a run. A change within that time is one that a run without a command,
which reads them once as well, does not see if it comes right after that. Markers and labels are never kept, and rows only for the
check that follows the reading.
"""


class RecentProject:
    """The project as last opened. Thread-safe: who asks while it is being opened waits for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._project: EncordProject | None = None
        self._opened_at = 0.0
        self._rows: Sequence[ProjectRow] = ()
        self._read_at = 0.0

    def opened(self, open_project: "Callable[[], EncordProject]") -> "EncordProject":
        """The project, opened again if that was not a moment ago."""
        with self._lock:
            begun = time.monotonic()
            if self._project is None or begun - self._opened_at > MOMENT_SECONDS:
                self._project, self._opened_at = open_project(), begun
            return self._project

    @property
    def rows(self) -> "Sequence[ProjectRow]":
        """The rows that the command has read after its runs and after it has indexed new ones; none if that was not a moment ago."""
        return self._rows if time.monotonic() - self._read_at <= MOMENT_SECONDS else ()

    def keep_rows(self, rows: "Sequence[ProjectRow]", *, read_at: float) -> None:
        """A check of all rows need not read these again. The reading began then, by the monotonic clock."""
        self._rows, self._read_at = rows, read_at
