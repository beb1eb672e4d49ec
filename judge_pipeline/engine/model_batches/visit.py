"""One visit to the servers of all batches: what was interrupted is recovered, and what has been answered is collected."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.model_batches.collection import Look, collect
from judge_pipeline.engine.model_batches.recovery import Recovered, recover
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore

SPOOL = "spool"
"""The folder of the files that runs have still to submit, in the pipeline's `batch_folder`."""


@dataclass(slots=True)
class Visit:
    """`looks` has each batch that was looked at; with `is_cut_short` the time was over before the last one."""

    recovered: Recovered = field(default_factory=Recovered)
    looks: list[Look] = field(default_factory=list)
    is_cut_short: bool = False

    @property
    def problems(self) -> list[str]:
        """What could not be done now, one sentence each; the next visit tries again."""
        problems = [*self.recovered.problems, *(look.problem for look in self.looks if look.problem)]
        return list(dict.fromkeys(problems))


def visit_batches(
    pipeline: PipelineResources,
    store: ProjectStore,
    *,
    is_over: Callable[[str], bool],
    seconds: float | None = None,
) -> Visit:
    """Recovers, polls and collects for at most so many seconds; the next visit goes on. `is_over` says it of a run.

    Raises:
        StoreError: the store cannot be used.
    """
    return run_coroutine(_visit(pipeline, store, is_over, seconds))


async def _visit(
    pipeline: PipelineResources, store: ProjectStore, is_over: Callable[[str], bool], seconds: float | None
) -> Visit:
    visit = Visit()
    try:
        async with asyncio.timeout(seconds):
            visit.recovered = await recover(
                store, pipeline.endpoints, spool=pipeline.batch_folder / SPOOL, is_over=is_over
            )
            visit.looks = await collect(store, pipeline.endpoints)
    except TimeoutError:
        visit.is_cut_short = True
    return visit
