"""A batch in a run of Dagster's, whichever job the run is of: carried, counted on the run, and ended as it deserves."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.assets.batch_outcome import STOPPED, BatchOutcome
from judge_pipeline.assets.collecting import end_without_collecting, seldom_collecting
from judge_pipeline.assets.interrupting import run_until_interrupted
from judge_pipeline.assets.memory import share_memory_between_threads
from judge_pipeline.assets.path_config import PathConfig
from judge_pipeline.assets.run_tags import COUNT_TAGS
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.models.errors import ModelError
from judge_pipeline.store.errors import StoreError


def run_batch(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    tags: Sequence[Tag],
    selected: frozenset[str],
    config: PathConfig,
) -> None:
    """Carries the selected assets of these tags to their end or failure.

    Raises:
        Failure: a tag failed, or the run stopped before its end; its message says why.
        DagsterExecutionInterruptedError: the run was interrupted.
    """
    from judge_pipeline.assets.batch import carry  # with the SDKs, which the code location loads without

    workbench: Workbench = context.resources.workbench
    context.log.info(str(workbench))
    share_memory_between_threads()
    end_without_collecting()
    try:
        with seldom_collecting():
            outcome = run_until_interrupted(carry(context, workbench, tags, selected, config))
    except (EncordError, ModelError, StoreError, OntologyMismatch) as error:
        _count(context, BatchOutcome(tags=len(tags), done=0))
        raise dg.Failure(f"stopped: {error}", metadata={STOPPED: str(error)}, allow_retries=False) from None
    _count(context, outcome)
    outcome.end()


def _count(context: dg.OpExecutionContext | dg.AssetExecutionContext, outcome: BatchOutcome) -> None:
    counts = {tag: str(getattr(outcome, count)) for count, tag in COUNT_TAGS.items()}
    context.instance.add_run_tags(context.run_id, counts)
