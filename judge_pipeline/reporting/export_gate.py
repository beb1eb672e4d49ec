"""Whether the judge agrees with people well enough for its decisions to be exported."""

from collections.abc import Iterable

from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import Estimate, cohen_kappa
from judge_pipeline.reporting.opinions import Opinions


def judge_people_kappa(outcomes: Iterable[Outcome]) -> Estimate:
    """Cohen's kappa on the images compared by both the judge and a person; an undecided image counts as a tie."""
    opinions = Opinions(list(outcomes))
    return cohen_kappa(opinions.judge_labels, opinions.people_labels)


def export_block_reason(kappa: Estimate, *, min_kappa: float | None) -> str | None:
    """Why the judge's decisions must not be exported; None if they may be, or if no minimum is set."""
    if min_kappa is None or (kappa.interval is not None and kappa.interval.low >= min_kappa):
        return None
    return (
        f"the judge's decisions are not exported: {describe_kappa(kappa)}, and JUDGE_PIPELINE_MIN_KAPPA requires the lower end "
        f"of the interval to be at least {min_kappa:g}; have people decide more images (`judge-pipeline review`), or use another "
        "judge"
    )


def describe_kappa(kappa: Estimate) -> str:
    """Kappa with its interval, or why it is undefined."""
    if kappa.value is None or kappa.interval is None:
        return f"kappa is undefined because {kappa.undefined}"
    low, high = kappa.interval.low, kappa.interval.high
    return f"kappa is {kappa.value:.2f} on {kappa.n} images (95% CI {low:.2f} to {high:.2f})"
