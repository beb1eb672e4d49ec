"""Task moves: an image and its texts leave the agent stages, whether their values are new or were known before.

`PlaceReader` says where images stand once the workflow leads them through a person's stage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import CAPTIONING_STAGES, StageKind
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.leases import RunLeases

MAX_ITEMS = 100
"""Images per request to Encord."""

WINDOW_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Move:
    """The rows of one tag that move on together."""

    tag: Tag
    title: str
    data_hashes: tuple[str, ...]

    def stuck(self, behind: dict[str, str]) -> RowRefused | None:
        """Why it has not moved; None if it has. `behind` holds the stage of each row that is still where it was."""
        stages = [behind[data_hash] for data_hash in self.data_hashes if data_hash in behind]
        if not stages:
            return None
        return RowRefused(
            f"the task of {self.title!r} or of one of its captions does not leave {stages[0]!r}; look at it in Encord"
        )


class TaskMover:
    """Moves the rows of many tags at once; rows that stand in none of the stages stay where they are."""

    def __init__(self, batch: BatchContext, leases: RunLeases) -> None:
        self._batch = batch
        self._leases = leases
        self._batchers: dict[tuple[StageKind, ...], Batcher[Move, None]] = {
            stages: Batcher(partial(self._move_batch, stages), max_items=MAX_ITEMS, window_seconds=WINDOW_SECONDS)
            for stages in (CAPTIONING_STAGES, (StageKind.JUDGE,))
        }

    async def move(self, move: Move, stages: tuple[StageKind, ...]) -> None:
        """Returns once the rows have left these stages.

        Raises:
            RowRefused: a row does not leave. LeaseLost: another run has the tag.
        """
        await self._batchers[stages](move)

    async def _move_batch(self, stages: tuple[StageKind, ...], moves: Sequence[Move]) -> list[Exception | None]:
        return await self._batch.encord(
            self._leases.for_held, moves, partial(self._move_now, stages), tag_of=lambda move: move.tag
        )

    def _move_now(self, stages: tuple[StageKind, ...], moves: Sequence[Move]) -> list[Exception | None]:
        behind = self._batch.project.move_tasks([data_hash for move in moves for data_hash in move.data_hashes], stages)
        return [move.stuck(behind) for move in moves]


class PlaceReader:
    """Reads where images stand now, many at once; only workflows with a person's stage between the agents need it."""

    def __init__(self, batch: BatchContext) -> None:
        self._batch = batch
        self._read = Batcher(self._read_batch, max_items=MAX_ITEMS, window_seconds=WINDOW_SECONDS)

    async def read(self, row: ProjectRow) -> ProjectRow | None:
        """The image's row as it is now; None if it is gone."""
        return await self._read(row)

    async def _read_batch(self, rows: Sequence[ProjectRow]) -> list[ProjectRow | Exception | None]:
        now = await self._batch.encord(self._batch.project.rows, [row.data_hash for row in rows])
        return [now.get(row.data_hash) for row in rows]
