"""The claim on a project: a marker in Encord by which two stores notice each other before they do the same work twice.

The marker is in the client metadata of the folders of a run's images, because every store that adds texts there can see it. Runs of
one store share it. A run reads it at its start, writes it before its first paid model call or its first write, whichever comes
first, and removes it at its end, unless another run of its store goes on. A run that finds nothing to do writes nothing. Between
these it reads the marker again every `CHECK_SECONDS`, and before a write after `GUARD_SECONDS`, since the last writer wins.
"""

import asyncio
import math
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from judge_pipeline.domain.project_holder import ProjectHolder
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import (
    EncordError,
    EncordUnavailable,
    EncordUnreachable,
    ProjectHeld,
)
from judge_pipeline.encord_project.folder_marker import FolderMarker
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.leases import RunLeases

if TYPE_CHECKING:
    from judge_pipeline.engine.batch_context import BatchContext
    from judge_pipeline.engine.batch_state import BatchState

EXPIRES_AFTER = timedelta(minutes=10)
"""How long a killed run blocks other stores; hosts' clocks may differ by as much as Encord's signatures tolerate, five minutes."""

LATENCIES_TO_SETTLE = 3
"""A run reads its new marker again after so many times as long as reading and writing it took, and pays nothing before.

Of two stores that start at the same moment, both may have found the project free; the one that wrote first notices it here.
"""

LEAST_SETTLING_SECONDS = 0.1

FIRST_CHECK_SECONDS = 2.0

CHECK_SECONDS = 30.0

GUARD_SECONDS = 5.0
"""A write needs a check that is not older: for so long a run that has been taken over may write."""

GUARD_CHECKS = 20
"""Or not older than so many times as long as that check took, at most `CHECK_SECONDS`: a slow Encord is not asked more often."""

RENEWAL_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reading of the markers has found, when it began and how many seconds it took."""

    begun: float
    took: float
    holders: Mapping[FolderMarker, ProjectHolder | None]

    @property
    def is_recent(self) -> bool:
        """Whether the marker may be written without reading it again: the other store waits longer than this before it pays."""
        return time.monotonic() - self.begun <= self.took + min(self.took, LEAST_SETTLING_SECONDS)


class ProjectClaim:
    """One run's claim on the folders of its images. Thread-safe."""

    def __init__(self, markers: Sequence[FolderMarker], *, store: str, title: str, warn: Callable[[str], None]) -> None:
        self._markers = list(markers)
        self._store = store
        self._title = title
        self._warn = warn
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._take_over = False
        self._is_written = self._is_settled = False
        self._seconds_to_check = FIRST_CHECK_SECONDS
        self._guard_seconds = GUARD_SECONDS
        self._checked_at = self._written_at = 0.0
        self._lost: ProjectHeld | None = None
        self._found = _Found(-math.inf, 0.0, {})

    def open(self, *, take_over: bool) -> None:
        """Reads the markers; nothing is written yet. A folder that the key may not read is left out, with a warning.

        Raises:
            ProjectHeld: another store works on the project, and it is not to be taken over.
        """
        self._take_over = take_over
        self._found = self._read_free()

    def hold(self) -> None:
        """Writes the markers unless they are written, else checks them if the last check is not recent: to be called before writes.

        Raises:
            ProjectHeld: another store works on the project, or has taken it over.
        """
        with self._lock:
            if self._lost:
                raise self._lost
            if self._is_written and (not self._is_settled or time.time() - self._checked_at > self._guard_seconds):
                self._check()
                self._is_settled = self._is_written
            if self._is_written:
                return
            found = self._found if self._found.is_recent else self._read_free()
            self._on_each(lambda marker: self._write(marker, found.holders[marker]))
            self._checked_at = self._written_at = time.time()
            self._is_written, self._is_settled = True, False
            self._ended.wait(max(LEAST_SETTLING_SECONDS, LATENCIES_TO_SETTLE * (time.monotonic() - found.begun)))
            self._check()
            self._is_settled = True

    @property
    def is_held(self) -> bool:
        """Whether the markers are written and were read again, as far as is known."""
        return self._is_written and self._is_settled and self._lost is None

    def check_if_due(self) -> None:
        """Reads the markers if the time has come, and renews them when that is due; nothing before they are written.

        Raises:
            ProjectHeld: another store has taken the project over.
        """
        with self._lock:
            if self._is_written and time.time() - self._checked_at >= self._seconds_to_check:
                self._check()
                self._seconds_to_check = CHECK_SECONDS

    def _check(self) -> None:
        if self._lost:
            raise self._lost
        now = time.time()
        if now - self._checked_at > EXPIRES_AFTER.total_seconds():
            self._lose(f"it stood still for {(now - self._checked_at) / 60:.0f} minutes")
        stood_still = now - self._checked_at > 2 * CHECK_SECONDS  # and may have lost its leases: it must not write
        is_due = now - self._written_at > RENEWAL_SECONDS and not stood_still
        for marker in self._markers:
            holder = ProjectHolder.read(marker.read())
            if holder is not None and holder.store != self._store:
                self._lose(f"{holder} has taken it over")
            if holder is None:  # removed by a run of this store; written again before the next write
                self._is_written = False
            elif is_due:
                self._write(marker, holder)
        self._checked_at = now
        self._guard_seconds = min(CHECK_SECONDS, max(GUARD_SECONDS, GUARD_CHECKS * (time.time() - now)))
        self._written_at = now if is_due else self._written_at

    def release(self) -> None:
        """Removes the markers that are still this store's. A thread that was still about to write one finds none.

        One that waits to read it again reads it now: the run is over, and nothing is paid.
        """
        self._ended.set()
        with self._lock:
            while self._markers:
                marker = self._markers.pop()
                holder = ProjectHolder.read(marker.read())
                if holder is not None and holder.store == self._store:
                    marker.write(None)

    def _read_free(self) -> "_Found":
        begun = time.monotonic()
        holders: dict[FolderMarker, ProjectHolder | None] = {}
        self._on_each(lambda marker: holders.update({marker: self._free(marker)}))
        return _Found(begun, time.monotonic() - begun, holders)

    def _free(self, marker: FolderMarker) -> ProjectHolder | None:
        holder = ProjectHolder.read(marker.read())
        if holder is not None and holder.blocks(self._store, now=datetime.now(UTC)) and not self._take_over:
            raise ProjectHeld(
                f"another store works on the project {self._title!r}: {holder}; wait until its run has ended (after a crash "
                f"until {holder.expires_at:%H:%M} UTC), or take over with `judge-pipeline run --take-over`, in the launchpad "
                "`take_over: true`"
            )
        return holder

    def _write(self, marker: FolderMarker, holder: ProjectHolder | None) -> None:
        now = datetime.now(UTC)
        since = holder.since if holder is not None and holder.store == self._store else now
        marker.write(ProjectHolder(self._store, socket.gethostname(), since, now + EXPIRES_AFTER).marker)

    def _on_each(self, act: Callable[[FolderMarker], object]) -> None:
        for marker in list(self._markers):
            try:
                act(marker)
            except (ProjectHeld, EncordUnavailable, EncordUnreachable):
                raise
            except EncordError as error:
                self._markers.remove(marker)
                self._warn(f"another store that works on this project will not be noticed: {error}")

    def _lose(self, reason: str) -> None:
        self._lost = ProjectHeld(
            f"this run no longer works on the project {self._title!r}, because {reason}; what it has saved stays, run "
            "again for the rest"
        )
        raise self._lost


async def opened_claim(
    batch: "BatchContext", tags: Iterable[Tag], *, take_over: bool, warn: Callable[[str], None]
) -> ProjectClaim:
    """Reads who works on the project, for `claimed_project`; nothing is written yet.

    Raises:
        ProjectHeld: another store works on it.
    """
    rows = [row for tag in tags if (row := batch.snapshot.images.get(tag))]

    def opened() -> ProjectClaim:
        markers, store = folder_markers(batch.project, rows), batch.store.identity
        claim = ProjectClaim(markers, store=store, title=batch.project.title, warn=warn)
        claim.open(take_over=take_over)
        return claim

    return await batch.encord(opened)


@asynccontextmanager
async def claimed_project(
    state: "BatchState", claim: ProjectClaim, tags: Sequence[Tag], *, look_again: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """While the block runs, claims the project for the run's store as soon as it pays or writes; a run that is taken over stops.

    Nothing is paid before `look_again` has read what another store did until then.
    """
    batch, leases = state.context, state.leases
    holding: asyncio.Task[None] | None = None

    async def hold() -> None:
        await batch.encord(claim.hold)
        await look_again()

    async def hold_before_paying() -> None:
        nonlocal holding  # one for all that wait, with its retries and its failure
        if holding is None or (holding.done() and (not claim.is_held or _has_failed(holding))):
            holding = asyncio.create_task(hold())
        await asyncio.shield(holding)

    batch.before_paying = hold_before_paying
    leases.check_too(claim.hold)
    tasks = [asyncio.create_task(_check_until_lost(claim, state))]
    if batch.judges and any(map(batch.is_open_to_changes, tags)):
        # While the first images are read. What it raises, it raises again where the claim is needed.
        tasks.append(asyncio.create_task(_ignoring_errors(hold_before_paying())))
    try:
        yield
    finally:
        for task in [*tasks, *([holding] if holding else [])]:
            task.cancel()
        await asyncio.to_thread(_release, claim, leases)


def folder_markers(project: EncordProject, rows: Sequence[ProjectRow]) -> list[FolderMarker]:
    """The markers in the folders of these images; one request."""
    return [project.folder_marker(uuid) for uuid in sorted(set(project.parent_folders(rows).values()))]


def project_holders(project: EncordProject, rows: Sequence[ProjectRow]) -> list[ProjectHolder]:
    """Who works on the project now, as the folders of these images say; two requests if there is one folder."""
    found = [ProjectHolder.read(marker.read()) for marker in folder_markers(project, rows)]
    return sorted({each for each in found if each and each.blocks("", now=datetime.now(UTC))}, key=str)


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None


async def _ignoring_errors(work: Awaitable[None]) -> None:
    with suppress(EncordError):
        await work


async def _check_until_lost(claim: ProjectClaim, state: "BatchState") -> None:
    while True:
        await asyncio.sleep(FIRST_CHECK_SECONDS)
        try:
            await asyncio.to_thread(claim.check_if_due)
        except ProjectHeld as error:
            state.stop(error)
            return
        except EncordError:
            continue  # the next check may succeed; an Encord that stays away stops the run anyway


def _release(claim: ProjectClaim, leases: RunLeases) -> None:
    if not leases.others_are_at_work:
        with suppress(EncordError):
            claim.release()
