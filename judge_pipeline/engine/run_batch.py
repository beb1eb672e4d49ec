"""A batch in a run of Dagster's, whichever job the run is of: carried, counted on the run, and ended as it deserves."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.dagster_events.batch_outcome import STOPPED, BatchOutcome
from judge_pipeline.dagster_events.run_tags import COUNT_TAGS
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.batch_config import BatchConfig
from judge_pipeline.engine.collecting import end_without_collecting, seldom_collecting
from judge_pipeline.engine.interruption import run_until_interrupted
from judge_pipeline.engine.memory import share_memory_between_threads
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.errors import ModelError
from judge_pipeline.store.errors import StoreError


def run_batch(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: BatchConfig,
) -> None:
    """Carries the selected assets of these tags to their end or failure.

    Raises:
        Failure: a tag failed, or the run stopped before its end; its message says why.
        DagsterExecutionInterruptedError: the run was interrupted.
    """
    from judge_pipeline.engine.batch import carry  # with the SDKs, which the code location loads without

    pipeline: PipelineResources = context.resources.pipeline
    context.log.info(str(pipeline))
    share_memory_between_threads()
    end_without_collecting()
    try:
        with seldom_collecting():
            outcome = run_until_interrupted(carry(context, pipeline, tags, selected, config))
    except (EncordError, ModelError, StoreError, OntologyMismatch) as error:
        _count(context, BatchOutcome(tags=len(tags), done=0))
        raise dg.Failure(f"stopped: {error}", metadata={STOPPED: str(error)}, allow_retries=False) from None
    _count(context, outcome)
    outcome.end()


def _count(context: dg.OpExecutionContext | dg.AssetExecutionContext, outcome: BatchOutcome) -> None:
    counts = {tag: str(getattr(outcome, count)) for count, tag in COUNT_TAGS.items()}
    context.instance.add_run_tags(context.run_id, counts)
