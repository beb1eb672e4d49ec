"""Task moves: an image and its texts leave the agent stages, whether their values are new or were known before.

`PlaceReader` says where images stand once the workflow leads them through a person's stage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.workflow import CAPTIONING_STAGES, StageKind, stages_before
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.leases import RunLeases

MAX_ITEMS = 100
"""Images per request to Encord."""

CALLS_AT_ONCE = 2
"""The last images of a run need not wait for the call before theirs."""

WINDOW_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Move:
    """The rows of one tag that move on together."""

    tag: Tag
    title: str
    data_hashes: tuple[str, ...]

    @classmethod
    def of(cls, tag: Tag, image: ProjectRow, texts: LinkedTextItems) -> "Move":
        """The rows of an image and its texts; in a data group that is one."""
        row = image.with_texts(texts)
        return cls(tag, row.title, (row.data_hash, *(item.data_hash for item in texts)))

    def stages(self, behind: Mapping[str, str]) -> list[str]:
        """The stages of the rows that have not moved."""
        return [behind[data_hash] for data_hash in self.data_hashes if data_hash in behind]

    def stuck(self, behind: Mapping[str, str]) -> RowRefused | None:
        """Why it has not moved; None if it has. `behind` holds the stage of each row that is still where it was."""
        stages = self.stages(behind)
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
            stages: Batcher(
                partial(self._move_batch, stages),
                max_items=MAX_ITEMS,
                at_once=CALLS_AT_ONCE,
                window_seconds=WINDOW_SECONDS,
                tag_of=lambda move: move.tag,
                under_way=batch.under_way,
            )
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
            self._leases.for_held, moves, partial(self.move_now, stages), tag_of=lambda move: move.tag
        )

    def move_now(self, stages: tuple[StageKind, ...], moves: Sequence[Move]) -> list[Exception | None]:
        """Moves these rows now; returns for each tag why its rows have not left these stages, or None."""
        behind = self._batch.project.move_tasks(_data_hashes(moves), stages)
        earlier = {stage.title for stage in self._batch.project.workflow.of_kind(*stages_before(stages[0]))}
        late = [move for move in moves if earlier.intersection(move.stages(behind))]
        return self._move_late(moves, late, behind, stages) if late else [move.stuck(behind) for move in moves]

    def _move_late(
        self, moves: Sequence[Move], late: Sequence[Move], behind: dict[str, str], stages: tuple[StageKind, ...]
    ) -> list[Exception | None]:
        """Moves tags on of which someone has led a row to an earlier stage since the snapshot.

        Unless a text is gone since: the next run finds the image in that stage, and links a text again or judges another one.
        """
        project = self._batch.project
        found = project.rows(_data_hashes(late))
        whole = [move for move in late if found.keys() >= set(move.data_hashes)]
        moved = _data_hashes(whole)
        behind = {each: stage for each, stage in behind.items() if each not in moved}
        behind |= project.move_tasks(moved, (*stages_before(stages[0]), *stages)) if moved else {}
        changed = {move.tag for move in late} - {move.tag for move in whole}
        return [_sent_back(move, behind) if move.tag in changed else move.stuck(behind) for move in moves]


def _data_hashes(moves: Sequence[Move]) -> list[str]:
    return [data_hash for move in moves for data_hash in move.data_hashes]


def _sent_back(move: Move, behind: Mapping[str, str]) -> RowRefused:
    return RowRefused(
        f"{move.title!r} was sent back to {move.stages(behind)[0]!r} and lost a caption while this run worked on it; run this tag "
        "again"
    )


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
