"""The check that holds exports back: does the judge agree with people as much as a setting asks for?"""

from collections.abc import Iterable

import dagster as dg

from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import Estimate, cohen_kappa
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.opinions import Opinions
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
        kappa = agreement(outcomes_of(store.project(pipeline.project_hash)))
    finally:
        store.close()
    reason = held_back(kappa, min_kappa=pipeline.min_kappa)
    return dg.AssetCheckResult(
        check_name=NAME,
        asset_key="report",
        passed=reason is None,
        description=reason or f"{told(kappa)}; nothing is held back",
        metadata={"images": kappa.n, **({} if kappa.value is None else {"kappa": kappa.value})},
    )


def agreement(outcomes: Iterable[Outcome]) -> Estimate:
    """Kappa over the images that a person and the judge have both compared; a tie and an undecided image are alike."""
    opinions = Opinions(list(outcomes))
    return cohen_kappa(opinions.judge_labels, opinions.people_labels)


def held_back(kappa: Estimate, *, min_kappa: float | None) -> str | None:
    """Why the judge's decisions are not to be exported; None where they may be, or where no bound is set."""
    if min_kappa is None or (kappa.interval is not None and kappa.interval.low >= min_kappa):
        return None
    return (
        f"the judge's decisions are held back: {told(kappa)}, and JUDGE_PIPELINE_MIN_KAPPA asks for an interval that begins at "
        f"{min_kappa:g} or higher; let people decide more images (`judge-pipeline review`), or take another judge"
    )


def told(kappa: Estimate) -> str:
    """Kappa in words."""
    if kappa.value is None or kappa.interval is None:
        return f"kappa is undefined, because {kappa.undefined}"
    low, high = kappa.interval.low, kappa.interval.high
    return f"kappa is {kappa.value:.2f} on {kappa.n} images, its 95% interval from {low:.2f} to {high:.2f}"
