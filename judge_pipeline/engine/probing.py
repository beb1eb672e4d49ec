"""Probing the judge: asks what a plan has left to ask, and saves what the judge chose.

The answers are saved like those of a run, so a probe that is repeated or interrupted pays for nothing twice; the trials are saved
image by image. Nothing is written to Encord, and no judgement changes.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.probes.trial import PROBES, JudgeVersion, ProbedImage, Trial
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batched_store import BatchedStore
from judge_pipeline.engine.judging import Judging
from judge_pipeline.engine.probe_plan import PlannedTrial, ProbePlan
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.engine.shared_budget import shared_budget
from judge_pipeline.models.errors import BadRequest, EndpointUnusable, ModelUnavailable, Unanswered
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore

HOLDER = "judge-pipeline probe"

LEASE_SECONDS = 60.0
"""Saving one image's trials takes far less than a second."""


@dataclass(slots=True)
class ProbeEnd:
    """How a probe ended. `stop_reason` says why no more questions were asked; `unsaved` counts images that a run holds."""

    trials: list[Trial] = field(default_factory=list)
    stop_reason: str = ""
    unsaved: int = 0
    spent: str = ""


async def ask_probes(
    pipeline: PipelineResources,
    store: ProjectStore,
    plan: ProbePlan,
    limits: SpendingLimits,
    *,
    on_trial: Callable[[], None],
) -> ProbeEnd:
    """Asks what is not answered yet, and saves each image's trials when it is done; `on_trial` is called after each.

    A question without a usable answer is a failed trial, and the others go on.

    Raises:
        EndpointUnusable: a judge cannot be used; it was not asked.
    """
    end = ProbeEnd()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                ModelClient(
                    judge,
                    spending_limits=limits,
                    retry_policy=pipeline.retry_policy,
                    outage_seconds=pipeline.outage_seconds,
                )
            )
            for judge in pipeline.judges
        ]
        if sum(plan.unanswered.values()):
            run = RunIdentity.of_command("probe")
            await stack.enter_async_context(shared_budget(store, run, limits, clients, pipeline.budget))
            await asyncio.gather(*(client.check(waits=True) for client in clients))
        judging = Judging(
            clients,
            plan.judge_ontology,
            pipeline.orders,
            BatchedStore(store),
            purpose=PROBES,
            alignment=pipeline.alignment,
        )

        async def tried(planned: PlannedTrial) -> Trial | None:
            try:
                merged = judging.merged(await judging.opinions(planned.case, occasion={}))
                return planned.pair.trial(judging.calibrated(merged, planned.case))
            except (UnusableAnswer, Unanswered, ModelUnavailable, BadRequest) as error:
                return Trial(planned.pair.probe, None, f"{type(error).__name__}: {error}")
            except EndpointUnusable as error:
                end.stop_reason = end.stop_reason or str(error)
                for client in clients:
                    client.stop(error)
                return None
            finally:
                on_trial()

        async def probed(tag: Tag) -> None:
            found = await asyncio.gather(*map(tried, plan.trials[tag]))
            trials = [trial for trial in found if trial is not None]
            end.trials += trials
            if trials and not await asyncio.to_thread(_save, store, tag, plan.version, trials):
                end.unsaved += 1

        async with asyncio.TaskGroup() as group:
            for tag in plan.trials:
                group.create_task(probed(tag))
    end.spent = str(limits)
    return end


def _save(store: ProjectStore, tag: Tag, version: JudgeVersion, trials: Sequence[Trial]) -> bool:
    """Whether the trials were saved: they are not while a run holds the image."""
    held = store.leases.acquire([tag], holder=HOLDER, seconds=LEASE_SECONDS)
    if tag not in held:
        return False
    try:
        earlier = store.results(PROBES, ProbedImage, [tag]).get(tag, ProbedImage(tag))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        store.save_result(PROBES, held[tag], earlier.with_trials(version, trials, asked_at=now))
    finally:
        store.leases.release(list(held.values()))
    return True
