"""Best captions: the better caption of every image that people or the judge have decided."""

import dagster as dg

from judge_pipeline.assets.export_files import exported, materialized
from judge_pipeline.exporting.export import best_table


@dg.asset(
    description="The better caption of every image that people or the judge have decided, as JSON lines and Parquet.",
    group_name="exports",
    kinds={"parquet"},
    deps=["judgements", "final_choices", "report"],
    required_resource_keys={"workbench"},
)
def best_captions(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Reads the store; asks neither Encord nor a model. `judge-pipeline export` writes the same for trainers."""
    workbench = context.resources.workbench
    best = exported(workbench).best
    return materialized(workbench, best_table(best, workbench.item_url), left_out=best.left_out)
