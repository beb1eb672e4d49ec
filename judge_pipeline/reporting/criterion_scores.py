"""How the judge grades: each criterion's scores of both captioners, compared image by image."""

from collections.abc import Mapping

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.statistics import PairedTest, mean_difference, sign_test, wilcoxon_signed_rank
from judge_pipeline.reporting.criterion_numbers import CriterionNumbers, criterion_numbers
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, of_estimate
from judge_pipeline.reporting.opinions import FIRST, Opinions

SCORED = "images with both scores"

Grades = Mapping[str, tuple[str, ...]]
"""What the ontology calls the options of each criterion, from worst to best."""


def graded(opinions: Opinions, grades: Grades) -> Section:
    """Distributions, and whether their difference is more than chance."""
    judgements = [outcome.judgement for outcome in opinions.outcomes if outcome.judgement is not None]
    criteria = criterion_numbers(judgements, grades)
    return Section(
        name="graded",
        title="How the judge grades",
        lead="The judge scores each caption by itself before it chooses. Scores are compared image by image, because an easy image is "
        "easy for both.",
        figures=tuple(figure for criterion in criteria for figure in _figures(criterion, opinions)),
        tables=tuple(_distribution(criterion) for criterion in criteria),
        notes=() if criteria else ("There are no scores yet.",),
    )


def _figures(criterion: CriterionNumbers, opinions: Opinions) -> tuple[Metric, ...]:
    first, second = (_positions(criterion, opinions, captioner) for captioner in (FIRST, FIRST.other))
    difference = mean_difference(first, second)
    signed, ranked = sign_test(first, second), wilcoxon_signed_rank(first, second)
    key = criterion.title.lower().replace(" ", "_")
    return (
        of_estimate(
            difference,
            f"{key}_difference",
            f"{criterion.title}: {FIRST} over {FIRST.other}",
            f"The mean difference in steps of the scale, of which there are {len(criterion.labels)}; below 0 {FIRST.other} is ahead.",
            kind=Kind.STEPS,
            units=SCORED,
        ),
        _p(
            signed,
            f"{key}_sign_test",
            f"{criterion.title}: by chance?",
            f"{signed.higher} images score {FIRST} higher, {signed.lower} lower, {signed.equal} alike. How often chance "
            "alone would be as uneven (exact sign test, which needs no more than higher or lower).",
        ),
        _p(
            ranked,
            f"{key}_wilcoxon",
            f"{criterion.title}: by chance, sizes counted",
            "The same with the sizes of the differences (Wilcoxon's signed ranks), if two small steps weigh as much as a large one.",
        ),
    )


def _p(test: PairedTest, name: str, title: str, means: str) -> Metric:
    return Metric(
        name, title, means, test.p_value, n=test.pairs, kind=Kind.P_VALUE, units=SCORED, undefined=test.undefined
    )


def _positions(criterion: CriterionNumbers, opinions: Opinions, captioner: Captioner) -> list[int | None]:
    found: list[int | None] = []
    for outcome in opinions.outcomes:
        scores = outcome.judgement.scores if outcome.judgement else ()
        of_this = [
            score.position
            for score in scores
            if (score.criterion, score.count, score.captioner) == (criterion.title, len(criterion.labels), captioner)
        ]
        found.append(of_this[0] if of_this else None)
    return found


def _distribution(criterion: CriterionNumbers) -> Table:
    labels = (f"{place} {label or ''}".strip() for place, label in enumerate(criterion.labels, start=1))
    rows = []
    for captioner in Captioner:
        mean = criterion.mean_position(captioner)
        shown = None if mean is None else round(mean + 1, 2)
        rows.append((captioner.value, *criterion.counts[captioner], criterion.scored(captioner), shown))
    return Table(
        criterion.title.lower().replace(" ", "_"),
        f"{criterion.title}: images per score, from 1 (worst) to {len(criterion.labels)} (best)",
        ("", *labels, "images", "mean"),
        tuple(rows),
    )
