"""The check that holds exports back: does the judge agree with people as much as a setting asks for?"""

import dagster as dg

from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.export_gate import describe_kappa, export_block_reason, judge_people_kappa
from judge_pipeline.store.outcomes import outcomes_of
from judge_pipeline.store.store import Store

NAME = "judge_agrees_with_people"


@dg.asset_check(
    name=NAME,
    asset="report",
    blocking=True,
    description="Cohen's kappa between the judge and people: its 95% interval does not reach below JUDGE_PIPELINE_MIN_KAPPA. "
    "Where it does, or cannot be told, the exports are held back; without the setting nothing is.",
    required_resource_keys={"pipeline"},
)
def judge_agrees_with_people(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Reads the store; asks neither Encord nor a model."""
    pipeline: PipelineResources = context.resources.pipeline
    store = Store.open(pipeline.database_url)
    try:
        kappa = judge_people_kappa(outcomes_of(store.project(pipeline.project_hash)))
    finally:
        store.close()
    reason = export_block_reason(kappa, min_kappa=pipeline.min_kappa)
    return dg.AssetCheckResult(
        check_name=NAME,
        asset_key="report",
        passed=reason is None,
        description=reason or f"{describe_kappa(kappa)}; exports are allowed",
        metadata={"images": kappa.n, **({} if kappa.value is None else {"kappa": kappa.value})},
    )
