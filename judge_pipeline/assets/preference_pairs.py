"""Preference pairs: the better and the worse caption of every image that people or the judge have decided."""

import dagster as dg

from judge_pipeline.assets.exports import exported, materialized
from judge_pipeline.exporting.export import pair_table


@dg.asset(
    description="The better and the worse caption of every image that people or the judge have decided, "
    "by whom and how strongly, as JSON lines and Parquet. Ties, undecided images and captions that are no answer are never pairs.",
    group_name="exports",
    kinds={"parquet"},
    deps=["judgements", "final_choices", "report"],
    required_resource_keys={"pipeline"},
)
def preference_pairs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Reads the store; asks neither Encord nor a model. `judge-pipeline export` writes the same for trainers."""
    pipeline = context.resources.pipeline
    pairs = exported(pipeline).pairs
    return materialized(pipeline, pair_table(pairs, pipeline.item_url), left_out=pairs.left_out)
