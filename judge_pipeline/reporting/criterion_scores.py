"""The judge's scores by criterion: how they are distributed, and how both captioners compare image by image."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.statistics import PairedTest, mean_difference, sign_test, wilcoxon_signed_rank
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, estimate_metric
from judge_pipeline.reporting.opinions import FIRST, Opinions

SCORED = "images with both scores"

Grades = Mapping[str, tuple[str, ...]]
"""The ontology's names of each criterion's options, from worst to best."""


@dataclass(frozen=True, slots=True)
class CriterionScores:
    """One criterion with `len(labels)` options from worst to best.

    `labels` are the ontology's; None where the ontology is unknown and no caption got that option. `counts` has, for each
    captioner, the number of images per option.
    """

    title: str
    labels: tuple[str | None, ...]
    counts: Mapping[Captioner, tuple[int, ...]]

    def scored(self, captioner: Captioner) -> int:
        """The number of images with a score."""
        return sum(self.counts[captioner])

    def mean_position(self, captioner: Captioner) -> float | None:
        """From 0 (worst) to the number of options less one (best); None without any score."""
        scored = self.scored(captioner)
        total = sum(position * count for position, count in enumerate(self.counts[captioner]))
        return total / scored if scored else None


def criterion_scores(judgements: Iterable[Judgement], grades: Grades) -> tuple[CriterionScores, ...]:
    """All criteria in order of first appearance; `grades` names the options of those that are in the ontology now.

    A title that once had five options and then six is two criteria: their positions do not compare.
    """
    labels: dict[tuple[str, int], dict[int, str]] = {}
    counts: dict[tuple[str, int], dict[Captioner, list[int]]] = {}
    for judgement in judgements:
        for score in judgement.scores:
            key = (score.criterion, score.count)
            labels.setdefault(key, {}).setdefault(score.position, score.label)
            of_criterion = counts.setdefault(key, {captioner: [0] * score.count for captioner in Captioner})
            of_criterion[score.captioner][score.position] += 1
    for (title, count), found in labels.items():
        named = grades.get(title, ())
        if len(named) == count:
            labels[title, count] = {**dict(enumerate(named)), **found}
    return tuple(
        CriterionScores(
            title=title,
            labels=tuple(labels[title, count].get(position) for position in range(count)),
            counts={captioner: tuple(each) for captioner, each in of_criterion.items()},
        )
        for (title, count), of_criterion in counts.items()
    )


def criterion_scores_section(opinions: Opinions, grades: Grades) -> Section:
    """Distributions, and whether the difference between the captioners is more than chance."""
    judgements = [outcome.judgement for outcome in opinions.outcomes if outcome.judgement is not None]
    criteria = criterion_scores(judgements, grades)
    return Section(
        name="graded",
        title="How the judge scores",
        lead="The judge scores each caption separately before it chooses. Scores are compared image by image, because an easy image "
        "is easy for both captioners.",
        metrics=tuple(metric for criterion in criteria for metric in _metrics(criterion, opinions)),
        tables=tuple(_distribution(criterion) for criterion in criteria),
        notes=() if criteria else ("There are no scores yet.",),
    )


def _metrics(criterion: CriterionScores, opinions: Opinions) -> tuple[Metric, ...]:
    first, second = (_positions(criterion, opinions, captioner) for captioner in (FIRST, FIRST.other))
    signed, ranked = sign_test(first, second), wilcoxon_signed_rank(first, second)
    key = _key(criterion)
    return (
        estimate_metric(
            mean_difference(first, second),
            f"{key}_difference",
            f"{criterion.title}: {FIRST} minus {FIRST.other}",
            f"The mean difference in steps of the {len(criterion.labels)}-step scale; below 0 {FIRST.other} is ahead.",
            kind=Kind.STEPS,
            units=SCORED,
        ),
        _p_value(
            signed,
            f"{key}_sign_test",
            f"{criterion.title}: sign test",
            f"{signed.higher} images score {FIRST} higher, {signed.lower} lower, {signed.equal} the same. How often chance alone "
            "would be as uneven (exact sign test, which only needs higher or lower).",
        ),
        _p_value(
            ranked,
            f"{key}_wilcoxon",
            f"{criterion.title}: signed-rank test",
            "The same with the sizes of the differences (Wilcoxon), if two small steps count as much as a large one.",
        ),
    )


def _p_value(test: PairedTest, name: str, title: str, means: str) -> Metric:
    return Metric(
        name, title, means, test.p_value, n=test.pairs, kind=Kind.P_VALUE, units=SCORED, undefined=test.undefined
    )


def _positions(criterion: CriterionScores, opinions: Opinions, captioner: Captioner) -> list[int | None]:
    """The captioner's score on each image, None without one."""
    positions: list[int | None] = []
    for outcome in opinions.outcomes:
        scores = outcome.judgement.scores if outcome.judgement else ()
        of_this = [
            score.position
            for score in scores
            if (score.criterion, score.count, score.captioner) == (criterion.title, len(criterion.labels), captioner)
        ]
        positions.append(of_this[0] if of_this else None)
    return positions


def _distribution(criterion: CriterionScores) -> Table:
    labels = (f"{place} {label or ''}".strip() for place, label in enumerate(criterion.labels, start=1))
    rows = []
    for captioner in Captioner:
        mean = criterion.mean_position(captioner)
        mean_grade = None if mean is None else round(mean + 1, 2)
        rows.append((captioner.value, *criterion.counts[captioner], criterion.scored(captioner), mean_grade))
    return Table(
        _key(criterion),
        f"{criterion.title}: images per score, from 1 (worst) to {len(criterion.labels)} (best)",
        ("", *labels, "images", "mean"),
        tuple(rows),
    )


def _key(criterion: CriterionScores) -> str:
    return criterion.title.lower().replace(" ", "_")
