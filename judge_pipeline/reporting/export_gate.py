"""Whether the judge agrees with people well enough for its decisions to be exported."""

import math

from judge_pipeline.domain.review_sample import Basis
from judge_pipeline.domain.statistics import MIN_CHOICES, Estimate, cohen_kappa
from judge_pipeline.reporting.opinions import Opinions


def gate_opinions(opinions: Opinions) -> Opinions:
    """What the gate counts: drawn images that a person decided blind and that the present judge judged.

    Neither a script's choices nor those made next to the judge's labels, nor those that are assumed to be random.
    """
    blind = opinions.of_current_judge.sampled_blind
    return blind.where(
        outcome.basis is not Basis.ASSUMED and outcome.final_choice is not None and outcome.final_choice.is_by_person
        for outcome in blind.outcomes
    )


def judge_people_kappa(opinions: Opinions) -> Estimate:
    """Cohen's kappa of all images, from those that the gate counts; an undecided image counts as a tie."""
    counted = gate_opinions(opinions)
    return cohen_kappa(
        counted.judge_labels, counted.people_labels, probabilities=counted.probabilities, clusters=counted.clusters
    )


def export_block_reason(kappa: Estimate, *, min_kappa: float | None) -> str | None:
    """Why the judge's decisions must not be exported; None if they may be, or if no minimum is set."""
    if min_kappa is None or (kappa.n >= MIN_CHOICES and kappa.interval is not None and kappa.interval.low >= min_kappa):
        return None
    return (
        f"the judge's decisions are not exported: {describe_kappa(kappa)}, and JUDGE_PIPELINE_MIN_KAPPA requires the lower end "
        f"of the interval to be at least {min_kappa:g} on {MIN_CHOICES} images or more; {advice(kappa, min_kappa=min_kappa)}"
    )


def advice(kappa: Estimate, *, min_kappa: float) -> str:
    """What to do about an agreement that is too low or not known well enough."""
    missing = missing_choices(kappa, min_kappa=min_kappa)
    if missing is None:
        return "more choices would not change that: use another judge, or a better prompt"
    about = "" if kappa.n < MIN_CHOICES else "about "
    choices = "1 more choice is" if missing == 1 else f"{about}{missing:,} more choices are"
    return (
        f"{choices} missing that people make blind with `judge-pipeline review`, in its usual order, about judgements "
        "of the present judge; no other choices count"
    )


def missing_choices(kappa: Estimate, *, min_kappa: float) -> int | None:
    """How many more choices are needed if kappa stays as it is; None if no number is enough.

    Widths shrink with the square root of the number of images.
    """
    if kappa.n < MIN_CHOICES or kappa.value is None or kappa.interval is None:
        return max(MIN_CHOICES - kappa.n, 1)
    margin, distance = kappa.value - kappa.interval.low, kappa.value - min_kappa
    if distance <= 0:
        return None
    return max(math.ceil(kappa.n * (margin / distance) ** 2) - kappa.n, 0)


def describe_kappa(kappa: Estimate) -> str:
    """Kappa with its interval, or why it is undefined."""
    if kappa.value is None or kappa.interval is None:
        return f"kappa is undefined because {kappa.undefined}"
    low, high = kappa.interval.low, kappa.interval.high
    return f"kappa is {kappa.value:.2f} on {kappa.n} images (95% CI {low:.2f} to {high:.2f})"
