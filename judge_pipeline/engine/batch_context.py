"""The batch: everything that a batch of tags is worked with, opened and checked before the first model call."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import FINISHED_STAGES
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.batched_store import BatchedStore
from judge_pipeline.engine.repeating import until_answered
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore

DOWNLOADS_AT_ONCE = 8
"""Images read at the same time, in threads of their own: calls to Encord are not to wait behind a hundred of them."""

P = ParamSpec("P")
T = TypeVar("T")

Slot = tuple[Tag, Captioner]
"""Where a caption lies beside its image."""


@dataclass(slots=True)
class BatchContext:
    """The opened project, its rows as they stood when last looked at, the models and the store.

    `generations` says how often an (asset, tag) was refreshed, `replaced` which text items a refresh leaves no place for.
    """

    pipeline: PipelineResources
    project: EncordProject
    snapshot: ProjectSnapshot
    judge_ontology: JudgeOntology
    captioners: Mapping[Captioner, ModelClient]
    judges: tuple[ModelClient, ...]
    store: ProjectStore
    batched_store: BatchedStore
    encord_threads: ThreadPoolExecutor
    download_threads: ThreadPoolExecutor
    image_threads: ThreadPoolExecutor
    reopen: bool = False
    generations: dict[tuple[str, Tag], int] = field(default_factory=dict)
    replaced: dict[Slot, list[str]] = field(default_factory=dict)

    async def encord(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A call to Encord in one of a few threads; the SDK knows no asyncio.

        It is repeated while Encord has no answer: every call must look at what is there before it changes anything.
        """
        return await until_answered(lambda: self._in_thread(call, *args, **kwargs), look_again=self.look_again)

    async def look_again(self) -> None:
        """Reads the project's rows anew: another run, or a call whose answer was lost, has worked on them since."""
        self.snapshot = await self._in_thread(self.project.snapshot)

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.encord_threads, lambda: call(*args, **kwargs))

    def stop_asking(self, error: Exception) -> None:
        """No model is asked anything more; whoever would ask gets `error`. Answers on their way arrive."""
        for client in (*self.captioners.values(), *self.judges):
            client.stop(error)

    def occasion(self, asset: str, tag: Tag) -> Mapping[str, int]:
        """What tells a question that is asked again on purpose from the one that has an answer: nothing the first time."""
        generation = self.generations.get((asset, tag), 0)
        return {"generation": generation} if generation else {}

    def image_row(self, tag: Tag) -> ProjectRow:
        """The image that a tag is about.

        Raises:
            RowRefused: there is none, it is not the only one, or a person has finished it.
        """
        if tag in self.snapshot.conflicts:
            raise RowRefused(self.snapshot.conflicts[tag])
        row = self.snapshot.images.get(tag)
        if row is None:
            raise RowRefused(
                f"no image of project {self.project.title!r} has the Tag {tag}; was it removed, or is this another project's?"
            )
        if row.stage in FINISHED_STAGES and not self.reopen:
            raise finished_by_a_person(row.title, row.stage)
        return row

    def text_row(self, tag: Tag, captioner: Captioner) -> ProjectRow | None:
        """The caption that lies beside the image, unless it is to be replaced."""
        row = self.snapshot.texts.get((tag, captioner))
        return None if row is None or row.item_uuid in self.replaced.get((tag, captioner), ()) else row

    def replaced_row(self, tag: Tag, captioner: Captioner) -> ProjectRow | None:
        """The caption that lies beside the image and is to be replaced."""
        row = self.snapshot.texts.get((tag, captioner))
        return row if row is not None and row.item_uuid in self.replaced.get((tag, captioner), ()) else None


def finished_by_a_person(title: str, stage: str) -> RowRefused:
    """The refusal of an image that is not the pipeline's to change any more."""
    return RowRefused(
        f"{title!r} is in {stage!r}: a person has finished it, and it is not touched again unless the run's config says `reopen`"
    )


@asynccontextmanager
async def open_batch(
    pipeline: PipelineResources, store: ProjectStore, spending_limits: SpendingLimits, *, reopen: bool = False
) -> AsyncIterator[BatchContext]:
    """Opens project and models and checks them all. With `reopen` images that a person has finished are worked on too.

    The models share the `spending_limits`.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: nothing can be done; no model has been asked anything.
    """
    async with AsyncExitStack() as stack:
        encord_threads = stack.enter_context(ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE, thread_name_prefix="encord"))
        download_threads = stack.enter_context(ThreadPoolExecutor(DOWNLOADS_AT_ONCE, thread_name_prefix="downloads"))
        image_threads = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="images"))
        project = await asyncio.to_thread(EncordProject.open, pipeline.connection, pipeline.project_hash)
        judge_ontology = pipeline.titles.roles_in(project.ontology)
        client = partial(ModelClient, spending_limits=spending_limits, retry_policy=pipeline.retry_policy)
        clients = {
            captioner: await stack.enter_async_context(client(endpoint))
            for captioner, endpoint in pipeline.captioners.items()
        }
        judges = tuple([await stack.enter_async_context(client(judge)) for judge in pipeline.judges])
        await _check((*clients.values(), *judges))
        snapshot = await asyncio.to_thread(project.snapshot)
        yield BatchContext(
            pipeline=pipeline,
            project=project,
            snapshot=snapshot,
            judge_ontology=judge_ontology,
            captioners=clients,
            judges=judges,
            store=store,
            batched_store=BatchedStore(store),
            encord_threads=encord_threads,
            download_threads=download_threads,
            image_threads=image_threads,
            reopen=reopen,
        )


def check_models(pipeline: PipelineResources) -> None:
    """Asks each endpoint whether it is there and serves its model; free of cost.

    Raises:
        EndpointUnusable: one of them is not usable, or the caps cannot be kept with them.
    """
    pipeline.spending_limits()

    async def check() -> None:
        async with AsyncExitStack() as stack:
            await _check([await stack.enter_async_context(ModelClient(endpoint)) for endpoint in pipeline.endpoints])

    asyncio.run(check())


async def _check(clients: Iterable[ModelClient]) -> None:
    for end in await asyncio.gather(*(client.check() for client in clients), return_exceptions=True):
        if isinstance(end, BaseException):
            raise end
