"""A batch in a Dagster run, of whichever job: logs what is known, makes the rest, counts, and ends the run accordingly."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from judge_pipeline.dagster_events.batch_outcome import STOPPED, BatchOutcome
from judge_pipeline.dagster_events.data_versions import last_ontology_version
from judge_pipeline.dagster_events.run_tags import COUNT_TAGS, RunContext, record_spending
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.interruption import Interrupted, run_until_interrupted
from judge_pipeline.engine.process_tuning import batch_gc, freeze_at_exit, share_free_memory
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.errors import ModelError
from judge_pipeline.store.errors import StoreError

if TYPE_CHECKING:
    from judge_pipeline.dagster_events.event_log import EventLog
    from judge_pipeline.engine.batch_runner import KnownValues


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
        DagsterExecutionInterruptedError: the run was interrupted.
    """
    context.log.info(str(pipeline))
    share_free_memory()
    freeze_at_exit()
    try:
        with batch_gc():
            outcome = run_until_interrupted(_run(context, pipeline, tags, selected, config))
    except Interrupted:
        raise dg.DagsterExecutionInterruptedError from None
    except (EncordError, ModelError, StoreError, OntologyMismatch) as error:
        _tag_counts(context, BatchOutcome(tags=len(tags), done=0))
        raise dg.Failure(f"stopped: {error}", metadata={STOPPED: str(error)}, allow_retries=False) from None
    _tag_counts(context, outcome)
    outcome.end()


async def _run(
    context: RunContext,
    pipeline: PipelineResources,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: BatchConfig,
) -> BatchOutcome:
    """With nothing left to make it opens neither Encord nor a model.

    Raises:
        EncordUnusable, EndpointUnusable, OntologyMismatch, StoreError: the batch cannot start.
    """
    # Late, because these bring the SDKs and Dagster's event storage, which the code location loads without.
    from judge_pipeline.dagster_events.event_log import EventLog
    from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
    from judge_pipeline.engine.batch_context import open_batch
    from judge_pipeline.engine.batch_runner import BatchRunner, known_values, outdated_tags
    from judge_pipeline.engine.leases import RunLeases
    from judge_pipeline.engine.project_claim import claimed_project
    from judge_pipeline.engine.tag_run import BatchState

    with pipeline.open_store() as store:
        known = known_values(store, tags)
        to_make = list(tags) if config.refresh else _incomplete(known, tags, selected)
        if "judgements" in selected:
            outdated = outdated_tags(
                known,
                tags,
                judged_with=pipeline.judged_with,
                ontology_version=last_ontology_version(context.instance),
            )
            to_make = [tag for tag in tags if tag in {*to_make, *outdated}]
        with EventLog(context, item_url=pipeline.item_url) as log:
            _log_known(log, known, [tag for tag in tags if tag not in set(to_make)], selected)
            if not to_make:
                return BatchOutcome(tags=len(tags), done=len(tags))
            limits = pipeline.spending_limits(max_model_calls=config.max_model_calls, max_cost_usd=config.max_cost_usd)
            async with RunLeases.open(store, holder=context.run_id, has_ended=_has_ended(context.instance)) as leases:
                await leases.acquire(to_make)
                async with open_batch(pipeline, store, limits, reopen=config.reopen) as batch:
                    log.ontology_seen(batch.judge_ontology.version)
                    for finding in form_warnings(batch.judge_ontology):
                        log.warn(finding)
                    state = BatchState(batch, selected=selected, leases=leases, log=log, run_id=context.run_id)
                    refresh_for = (context.run.root_run_id or context.run_id) if config.refresh else None
                    try:
                        async with claimed_project(state, to_make, take_over=config.take_over):
                            await BatchRunner(state, refresh_for=refresh_for).run(to_make)
                    finally:
                        record_spending(
                            context, calls=limits.calls, cost_usd=limits.spent.cost_usd, summary=str(limits)
                        )
        missing = _incomplete(state.known, to_make, selected)
        return BatchOutcome(
            tags=len(tags),
            done=len(tags) - len(missing),
            failures=[failure for failure in store.failures(missing) if failure.run_id == context.run_id],
            left=len(state.left.intersection(missing)),
            stopped=str(state.stop_reason) if state.stop_reason else None,
            spent=str(limits),
        )


def _log_known(log: "EventLog", known: "KnownValues", tags: Sequence[Tag], selected: frozenset[str]) -> None:
    """Logs complete tags again: Dagster shows a planned partition that a failed run did not log as failed."""
    for tag in sorted(tags):
        image = known["images"].get(tag)
        for asset in ASSET_TYPES:
            if asset in selected:
                log.materialized(
                    asset, tag, known[asset][tag], image=image if isinstance(image, Image) else None, reused=True
                )


def _incomplete(known: "KnownValues", tags: Sequence[Tag], selected: frozenset[str]) -> list[Tag]:
    return [tag for tag in tags if any(tag not in known[asset] for asset in selected)]


def _has_ended(instance: dg.DagsterInstance) -> Callable[[str], bool]:
    def has_ended(run_id: str) -> bool:
        run = instance.get_run_by_id(run_id)
        return run is not None and run.is_finished

    return has_ended


def _tag_counts(context: RunContext, outcome: BatchOutcome) -> None:
    counts = {tag: str(getattr(outcome, count)) for count, tag in COUNT_TAGS.items()}
    context.instance.add_run_tags(context.run_id, counts)
