"""Best captions: the better caption of every image that people or the judge have decided."""

import dagster as dg

from judge_pipeline.assets.exports import exported, materialized
from judge_pipeline.exporting.export import best_table


@dg.asset(
    description="The better caption of every image that people or the judge have decided, as JSON lines and Parquet.",
    group_name="exports",
    kinds={"parquet"},
    deps=["judgements", "final_choices", "report"],
    required_resource_keys={"pipeline"},
)
def best_captions(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Reads the store; asks neither Encord nor a model. `judge-pipeline export` writes the same for trainers."""
    pipeline = context.resources.pipeline
    best = exported(pipeline).best
    return materialized(pipeline, best_table(best, pipeline.item_url), left_out=best.left_out)
