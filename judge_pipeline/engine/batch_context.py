"""The batch context: the opened project, models and store that one batch of tags works with."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import Corrections, FoundLabel
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.repetition import Sayings
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import NoSuchImage, RowRefused
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.rate_limits import rate_limits_awaited
from judge_pipeline.encord_project.retries import call_with_retries_async
from judge_pipeline.encord_project.row_by_row import rows_apart
from judge_pipeline.engine.batched_store import BatchedStore
from judge_pipeline.engine.own_rows import OwnRows
from judge_pipeline.engine.question_notes import RunNotes, TagNotes
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.same_answers import AnswerWatch
from judge_pipeline.engine.shared_budget import SharedBudget
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore

P = ParamSpec("P")
T = TypeVar("T")

Slot = tuple[Tag, Captioner]
"""The place of one caption next to its image."""


@dataclass(slots=True)
class BatchContext:
    """The opened project with the latest snapshot of the batch's rows, the models and the store. `ended` is set when it is left.

    `generations` counts the refreshes of each (asset, tag). `replaced` holds the text items that a refresh removes.
    `model_remarks` are what the check of the models left open.
    `unlinked` are texts that were uploaded but not linked, `judge_labels` the judge's labels on rows that it has no judgement for,
    `corrections` what people have answered in the place of the others.
    `open_models` opens and checks the models unless they are open. `before_paying` claims the project, before the first model call.
    `answer_watches` notice a captioner that sees no images, `sayings` are the batch's captions.
    `notes` are the questions for model batches. `under_way` are the tags that have begun and not ended.
    """

    pipeline: PipelineResources
    project: EncordProject
    own_rows: OwnRows
    snapshot: ProjectSnapshot
    judge_ontology: JudgeOntology
    open_models: Callable[["BatchContext"], Awaitable[None]]
    store: ProjectStore
    batched_store: BatchedStore
    encord_threads: ThreadPoolExecutor
    download_threads: ThreadPoolExecutor
    image_threads: ThreadPoolExecutor
    captioners: Mapping[Captioner, ModelClient] = field(default_factory=dict)
    judges: tuple[ModelClient, ...] = ()
    model_remarks: Sequence[str] = ()
    reopen: bool = False
    generations: dict[tuple[str, Tag], int] = field(default_factory=dict)
    replaced: dict[Slot, list[str]] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    unlinked: dict[Slot, list[str]] = field(default_factory=dict)
    judge_labels: dict[Tag, tuple[FoundLabel, ...]] = field(default_factory=dict)
    corrections: dict[Tag, Corrections] = field(default_factory=dict)
    spending_limits: SpendingLimits = field(default_factory=SpendingLimits)
    shared_budget: SharedBudget | None = None
    before_paying: Callable[[], Awaitable[None]] | None = None
    answer_watches: dict[Captioner, AnswerWatch] = field(default_factory=dict)
    sayings: Sayings = field(default_factory=Sayings)
    notes: RunNotes | None = None
    under_way: set[Tag] = field(default_factory=set)
    snapshot_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def encord(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls Encord in one of a few threads, because the SDK is synchronous.

        Retries while Encord does not answer, so every call must look at the current state before it changes anything. What fails
        in every attempt is sent row by row.
        """

        def row_by_row() -> T:
            with rows_apart():
                return call(*args, **kwargs)

        return await call_with_retries_async(
            lambda: self.in_thread(call, *args, **kwargs),
            refresh=self.refresh_snapshot,
            row_by_row=lambda: self.in_thread(row_by_row),
        )

    async def refresh_snapshot(self) -> None:
        """Reads the batch's rows again, after another run or a call whose answer was lost may have changed them."""
        self.snapshot_at = datetime.now(UTC)
        self.snapshot = await self.in_thread(self.own_rows.read)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls Encord in one of the threads, once: only rate limits are waited out."""
        return await asyncio.get_running_loop().run_in_executor(
            self.encord_threads, lambda: _patiently(lambda: call(*args, **kwargs), self.ended)
        )

    @property
    def model_warnings(self) -> list[str]:
        """What the log says of the models: too slow, or without the log-probabilities asked for."""
        models = (*self.captioners.values(), *self.judges)
        return [warning for model in models for warning in (model.slowness, model.without_logprobs) if warning]

    def stop_asking(self, error: Exception) -> None:
        """Starts no more model calls: each further question raises `error`. Answers under way still arrive."""
        for client in (*self.captioners.values(), *self.judges):
            client.stop(error)

    def occasion(self, asset: str, tag: Tag) -> Mapping[str, int]:
        """What distinguishes a question asked again on purpose from the one already answered; empty the first time."""
        generation = self.generations.get((asset, tag), 0)
        return {"generation": generation} if generation else {}

    def notes_of(self, asset: str, tag: Tag) -> TagNotes | None:
        """Where the tag's questions for model batches are noted; None if the project has none."""
        return self.notes.of(asset, tag) if self.notes else None

    def image_row(self, tag: Tag) -> ProjectRow:
        """The row of the tag's image.

        Raises:
            NoSuchImage: there is none.
            RowRefused: there are several, or a person has finished it.
        """
        if tag in self.snapshot.conflicts:
            raise RowRefused(self.snapshot.conflicts[tag])
        row = self.snapshot.images.get(tag)
        if row is None:
            raise NoSuchImage(f"no image of project {self.project.title!r} has the Tag {tag}; {self._advice(tag)}")
        if row.kind.is_finished and not self.reopen:
            raise finished_by_a_person(row.title, row.stage)
        return row

    def is_open_to_changes(self, tag: Tag) -> bool:
        """Whether the tag has one image, and no person has finished it."""
        try:
            self.image_row(tag)
        except RowRefused:
            return False
        return True

    def _advice(self, tag: Tag) -> str:
        titled = [each for each, row in self.snapshot.images.items() if row.title == tag]
        if titled:
            return f"a partition key is a Tag and not a title: launch {', '.join(titled)} and delete this partition"
        return "was it removed, or does it belong to another project? `judge-pipeline prune` deletes such partitions"

    def text_row(self, tag: Tag, captioner: Captioner) -> ProjectRow | None:
        """The row of the caption linked to the image, unless it is to be replaced."""
        row = self.snapshot.texts.get((tag, captioner))
        return None if row is None or row.item_uuid in self.replaced.get((tag, captioner), ()) else row

    def unlinked_text(self, tag: Tag, captioner: Captioner) -> str | None:
        """The oldest text item for the image that was uploaded but not linked, unless it is to be replaced."""
        replaced = self.replaced.get((tag, captioner), ())
        return next((uuid for uuid in self.unlinked.get((tag, captioner), ()) if uuid not in replaced), None)

    def replaced_row(self, tag: Tag, captioner: Captioner) -> ProjectRow | None:
        """The row of the caption linked to the image, if it is to be replaced."""
        row = self.snapshot.texts.get((tag, captioner))
        return row if row is not None and row.item_uuid in self.replaced.get((tag, captioner), ()) else None


def finished_by_a_person(title: str, stage: str) -> RowRefused:
    """The refusal of an image that the pipeline must not change any more."""
    return RowRefused(
        f"{title!r} is in {stage!r}: a person has finished it, so it stays as it is unless the run's config sets `reopen`"
    )


def _patiently(call: Callable[[], T], ended: threading.Event) -> T:
    with rate_limits_awaited(ended=ended):
        return call()
