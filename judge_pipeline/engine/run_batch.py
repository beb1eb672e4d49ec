"""A batch in a Dagster run, of whichever job: logs what is known, makes the rest, counts, and ends the run accordingly."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from judge_pipeline.dagster_events.batch_outcome import STOPPED, BatchOutcome
from judge_pipeline.dagster_events.data_versions import last_ontology_version
from judge_pipeline.dagster_events.run_tags import BY_COMMAND, COUNT_TAGS, RunContext, launch_of, record_spending
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.image import Image, warnings_sentence
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.batch_plan import BatchPlan, incomplete_tags, waiting_sentence
from judge_pipeline.engine.interruption import Interrupted, run_until_interrupted
from judge_pipeline.engine.process_tuning import batch_gc, freeze_at_exit, share_free_memory
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.errors import ModelError
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.dagster_events.event_log import EventLog
    from judge_pipeline.engine.batch_runner import KnownValues
    from judge_pipeline.engine.batch_state import BatchState
    from judge_pipeline.engine.run_identity import RunIdentity


class BatchConfig(dg.Config):
    """What a person may choose for one run in the launchpad; by default a run makes what is missing and nothing else."""

    refresh: bool = Field(
        False,
        description="Make the selected assets again, and what follows from them: captions are requested again, "
        "replace their text items in Encord and are judged again. Every answer is paid for again.",
    )
    reopen: bool = Field(
        False,
        description="Also work on images that a person has finished (Complete, Archive): they go back to review. "
        "Final Choice stays as it is.",
    )
    take_over: bool = Field(
        False,
        description="Work on the project although another store does, as its marker in Encord says; that store's runs stop. "
        "For a store that is lost or must not go on.",
    )
    max_model_calls: int | None = Field(
        None,
        description="Number of model calls after which this run starts no more; the setting's value when left out.",
    )
    max_cost_usd: float | None = Field(
        None,
        description="US dollars after which this run starts no more model calls; the setting's value when left out. "
        "Needs the prices of all three models.",
    )


def run_batch(
    context: RunContext,
    pipeline: PipelineResources,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: BatchConfig,
) -> None:
    """Makes the selected assets of these tags, as far as they can be made.

    Raises:
        Failure: a tag failed, or the run stopped early; its message says why.
        DagsterExecutionInterruptedError: something other than a person has ended the process, so that Dagster may retry.
    """
    context.log.info(str(pipeline))
    share_free_memory()
    freeze_at_exit()
    try:
        with batch_gc():
            outcome = run_until_interrupted(_run(context, pipeline, tags, selected, config))
    except Interrupted:
        outcome = BatchOutcome(tags=len(tags), done=0, terminated=True)
    except (EncordError, ModelError, StoreError, OntologyMismatch) as error:
        _tag_counts(context, BatchOutcome(tags=len(tags), done=0))
        raise dg.Failure(f"stopped: {error}", metadata={STOPPED: str(error)}, allow_retries=False) from None
    _tag_counts(context, outcome)
    if outcome.terminated and not _is_termination_wanted(context):
        raise dg.DagsterExecutionInterruptedError(str(outcome))
    outcome.end()


async def _run(
    context: RunContext,
    pipeline: PipelineResources,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: BatchConfig,
) -> BatchOutcome:
    """Encord decides what is left: with nothing to make or to move, the run lists its tags' rows and opens no model.

    Raises:
        EncordUnusable, EndpointUnusable, OntologyMismatch, StoreError: the batch cannot start.
    """
    # Late, because these bring the SDKs and Dagster's event storage, which the code location loads without.
    from judge_pipeline.dagster_events.event_log import EventLog
    from judge_pipeline.engine.batch_opening import open_batch
    from judge_pipeline.engine.batch_runner import BatchRunner, known_values, outdated_tags
    from judge_pipeline.engine.batch_state import BatchState
    from judge_pipeline.engine.leased_rows import leased_rows
    from judge_pipeline.engine.leases import RunLeases
    from judge_pipeline.engine.project_claim import claimed_project

    with pipeline.open_store() as store:
        pipeline = pipeline.aligned(store)
        known = known_values(store, tags)
        outdated = outdated_tags(
            known,
            tags if "judgements" in selected else [],
            judged_with=pipeline.judged_with,
            ontology_version=last_ontology_version(context.instance, pipeline.names),
        )
        refreshing = store.refreshes.unfinished(*selected)
        on_purpose = {*(tags if config.refresh else outdated), *refreshing.intersection(tags)}
        async with AsyncExitStack() as stack:
            has_ended = _has_ended(context.instance)
            leases = await stack.enter_async_context(RunLeases.open(store, holder=context.run_id, has_ended=has_ended))
            rows = await leased_rows(
                pipeline, store, leases, tags, selected=selected, known=known, on_purpose=on_purpose
            )
            discard_void_failures(store, rows.snapshot, rows.own_rows.tags)
            plan = rows.plan
            log = stack.enter_context(EventLog(context, item_url=pipeline.item_url, names=pipeline.names))
            _log_known(log, known, plan.finished, selected)
            for sentence in plan.sentences(rows.snapshot):
                log.info(sentence)
            _log_warnings(log, known, plan.finished)
            if not plan.to_make:
                return plan.nothing_made()
            limits = pipeline.spending_limits(max_model_calls=config.max_model_calls, max_cost_usd=config.max_cost_usd)
            state, is_terminated = None, False
            try:
                async with open_batch(
                    pipeline,
                    rows,
                    store,
                    limits,
                    run=_identity(context, config),
                    reopen=config.reopen,
                    take_over=config.take_over,
                    warn=log.warn,
                ) as (batch, claim):
                    state = BatchState(batch, selected=selected, leases=leases, log=log, run_id=context.run_id)
                    refresh_for = (context.run.root_run_id or context.run_id) if config.refresh else None
                    runner = BatchRunner(state, refresh_for=refresh_for)
                    try:
                        async with claimed_project(state, claim, plan.to_make, look_again=runner.look_again):
                            await runner.run(plan.to_make)
                    finally:
                        await _record_spending(context, pipeline, store, limits)
                        _log_warnings(log, state.known, plan.to_make)
                        for warning in batch.model_warnings:
                            log.warn(warning)
            except asyncio.CancelledError:  # by a signal; what is done is counted all the same
                is_terminated = True
        if state is None:
            return replace(plan.nothing_made(), terminated=is_terminated)
        outcome = await asyncio.to_thread(_outcome, state, plan, limits, is_terminated=is_terminated)
        if outcome.times:
            context.log.info(f"time per asset: {outcome.times}")
        if state.waiting:
            context.log.info(waiting_sentence(state.waiting.values()))
        if outcome.pending:
            context.log.info(f"{outcome.pending} tags wait for model batches; a later run goes on with them")
        return outcome


def _outcome(state: "BatchState", plan: BatchPlan, limits: SpendingLimits, *, is_terminated: bool) -> BatchOutcome:
    """The counts, each tag in one of them: a failure comes before any waiting."""
    store, made = state.context.store, plan.to_make
    failures = [failure for failure in store.failures(made) if failure.run_id == state.run_id]
    failed = {failure.tag for failure in failures}
    missing = {*incomplete_tags(state.known, made, frozenset(state.selected)), *failed, *state.left}
    pending = (state.pending & missing) - failed - state.left - state.waiting.keys()
    if is_terminated or state.stop_reason:
        pending &= store.questions.waiting_tags()
    return BatchOutcome(
        tags=len(plan.tags),
        done=len(plan.tags) - len(missing) - len(plan.waiting),
        failures=failures,
        left=len(state.left & missing),
        waiting=len(plan.waiting) + len(state.waiting.keys() & missing),
        pending=len(pending),
        stopped=str(state.stop_reason) if state.stop_reason else None,
        spent=str(limits),
        times=str(state.times),
        terminated=is_terminated,
    )


async def _record_spending(
    context: RunContext, pipeline: PipelineResources, store: ProjectStore, limits: SpendingLimits
) -> None:
    record_spending(
        context,
        calls=limits.calls,
        cost_usd=limits.spent.cost_usd,
        summary=str(limits),
        budget=await asyncio.to_thread(pipeline.budget_sentence, store),
        saved=await asyncio.to_thread(pipeline.saved_sentence, store),
    )


def _log_known(log: "EventLog", known: "KnownValues", tags: Sequence[Tag], selected: frozenset[str]) -> None:
    """Logs complete tags again: Dagster shows a planned partition that a failed run did not log as failed."""
    for tag in sorted(tags):
        image = known["images"].get(tag)
        for asset in ASSET_TYPES:
            if asset in selected and tag in known[asset]:
                log.materialized(
                    asset, tag, known[asset][tag], image=image if isinstance(image, Image) else None, reused=True
                )


def _log_warnings(log: "EventLog", known: "KnownValues", tags: Sequence[Tag]) -> None:
    """One warning for all images of these tags that a person should look at."""
    images = [image for tag in tags if isinstance(image := known["images"].get(tag), Image)]
    if sentence := warnings_sentence(images):
        log.warn(sentence)


def discard_void_failures(store: ProjectStore, snapshot: ProjectSnapshot, tags: Collection[Tag] | None = None) -> None:
    """Forgets the failures of images that are gone or that a person has finished: nothing is left to be done about them.

    The snapshot has the rows of these tags, or of the whole project.
    """
    void = {
        failure.tag
        for failure in store.failures(None if tags is None else sorted(tags))
        if (row := snapshot.images.get(failure.tag)) is None or row.kind.is_finished
    }
    if void:
        store.discard_failures(sorted(void))


def _has_ended(instance: dg.DagsterInstance) -> Callable[[str], bool]:
    def has_ended(run_id: str) -> bool:
        run = instance.get_run_by_id(run_id)
        return run is not None and run.is_finished

    return has_ended


def _identity(context: RunContext, config: BatchConfig) -> "RunIdentity":
    from judge_pipeline.engine.run_identity import RunIdentity

    return RunIdentity(
        context.run_id,
        launch_of(context.run),
        has_own_caps=config.max_model_calls is not None or config.max_cost_usd is not None,
        has_ended=_has_ended(context.instance),
    )


def _is_termination_wanted(context: RunContext) -> bool:
    """Whether a person has terminated the run on Dagster's pages, or interrupted the command that started it."""
    run = context.instance.get_run_by_id(context.run_id)
    return run is not None and (run.status is dg.DagsterRunStatus.CANCELING or BY_COMMAND.items() <= run.tags.items())


def _tag_counts(context: RunContext, outcome: BatchOutcome) -> None:
    """A count of none has no tag, unless a run that Dagster has started again has one of its first attempt."""
    counts = {tag: getattr(outcome, count) for count, tag in COUNT_TAGS.items()}
    written = {
        tag: str(count)
        for tag, count in counts.items()
        if count or tag in context.run.tags or tag == COUNT_TAGS["done"]
    }
    context.instance.add_run_tags(context.run_id, written)
