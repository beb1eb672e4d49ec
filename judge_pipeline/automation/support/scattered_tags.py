"""Tags that are not a range, from end to end in one run: an op that logs their materialisations itself."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.support.pending_tags import archived_tags
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import BatchConfig, run_batch


def run_scattered_tags(
    context: dg.OpExecutionContext, pipeline: PipelineResources, tags: Sequence[Tag], config: BatchConfig
) -> None:
    """Materialises all assets of these tags; adds the partitions that are missing.

    Raises:
        Failure: a tag failed, or the run could not start; its message says why.
    """
    back = archived_tags(pipeline).intersection(tags).difference(known_tags(context.instance, pipeline.names))
    if back:
        context.log.info(f"{len(back)} archived images have a partition again, until `judge-pipeline archive` runs")
    add_tags(context.instance, tags, pipeline.names)
    run_batch(context, pipeline, tags, frozenset(ASSET_TYPES), config)
