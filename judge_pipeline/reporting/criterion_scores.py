"""The judge's scores by criterion: how they are distributed, and how both captioners compare image by image."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.statistics import (
    CONFIDENCE,
    Estimate,
    PairedTest,
    detectable_difference,
    holm,
    sampled_mean,
    sign_test,
    wilcoxon_signed_rank,
)
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, estimate_metric, format_number
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
    scores = [_Scores.of(criterion, opinions) for criterion in criteria]
    tests = [test for each in scores for test in (each.signed, each.ranked)]
    adjusted = iter(holm(test.p_value for test in tests))
    confidence = 1 - (1 - CONFIDENCE) / max(1, len(criteria))
    return Section(
        name="graded",
        title="How the judge scores",
        lead="The judge scores each caption separately before it chooses. Scores are compared image by image, because an easy image "
        "is easy for both captioners.",
        metrics=tuple(
            metric for each in scores for metric in _metrics(each, next(adjusted), next(adjusted), confidence)
        ),
        tables=tuple(_distribution(criterion) for criterion in criteria),
        notes=_notes(len(criteria), sum(test.p_value is not None for test in tests)),
    )


def _notes(criteria: int, tests: int) -> tuple[str, ...]:
    if not criteria:
        return ("There are no scores yet.",)
    if criteria == 1 and tests < 2:
        return ()
    return (
        (
            f"The p-values are adjusted for {tests} tests (Holm), and the intervals of the differences hold for all criteria together "
            "(Bonferroni): without a real difference, at most about one report in twenty shows one."
        ),
    )


@dataclass(frozen=True, slots=True)
class _Scores:
    """How far the first captioner is ahead on each image, and the tests of it, which count a scene of several images once."""

    criterion: CriterionScores
    leads: list[int | None]
    clusters: list[str | None] | None
    signed: PairedTest
    ranked: PairedTest

    @classmethod
    def of(cls, criterion: CriterionScores, opinions: Opinions) -> "_Scores":
        first, second = (_positions(criterion, opinions, captioner) for captioner in (FIRST, FIRST.other))
        leads = [
            None if one is None or other is None else one - other for one, other in zip(first, second, strict=True)
        ]
        units = _scene_means(leads, opinions.clusters)
        even = [0.0] * len(units)
        return cls(criterion, leads, opinions.clusters, sign_test(units, even), wilcoxon_signed_rank(units, even))


def _scene_means(leads: Sequence[int | None], clusters: Sequence[str | None] | None) -> list[float]:
    """The mean lead in each scene; an image without a scene is its own."""
    scenes: dict[object, list[int]] = {}
    for place, lead in enumerate(leads):
        if lead is not None:
            name = None if clusters is None else clusters[place]
            scenes.setdefault(place if name is None else name, []).append(lead)
    return [sum(found) / len(found) for found in scenes.values()]


def _metrics(scores: _Scores, sign_p: float | None, rank_p: float | None, confidence: float) -> tuple[Metric, ...]:
    criterion, signed = scores.criterion, scores.signed
    difference = sampled_mean(scores.leads, clusters=scores.clusters, confidence=confidence)
    counted = "images" if scores.clusters is None else "scenes"
    key = _key(criterion)
    return (
        estimate_metric(
            difference,
            f"{key}_difference",
            f"{criterion.title}: {FIRST} minus {FIRST.other}",
            f"The mean difference in steps of the {len(criterion.labels)}-step scale; below 0 {FIRST.other} is ahead."
            f"{_detectable(difference, confidence)}",
            kind=Kind.STEPS,
            units=SCORED,
        ),
        _p_value(
            signed,
            sign_p,
            counted,
            f"{key}_sign_test",
            f"{criterion.title}: sign test",
            f"{signed.higher} {counted} score {FIRST} higher, {signed.lower} lower, {signed.equal} the same. How often chance alone "
            "would be as uneven (exact sign test, which only needs higher or lower).",
        ),
        _p_value(
            scores.ranked,
            rank_p,
            counted,
            f"{key}_wilcoxon",
            f"{criterion.title}: signed-rank test",
            "The same with the sizes of the differences (Wilcoxon), if two small steps count as much as a large one.",
        ),
    )


def _detectable(difference: Estimate, confidence: float) -> str:
    """What a study of this size would have found, where it found no difference."""
    if difference.interval is None or 0 not in difference.interval:
        return ""
    found = detectable_difference(difference, confidence=confidence).difference
    return (
        "" if found is None else f" So many images would show a true difference of {found:.2f} in four studies of five."
    )


def _p_value(test: PairedTest, adjusted: float | None, counted: str, name: str, title: str, means: str) -> Metric:
    is_adjusted = test.p_value is not None and test.p_value != adjusted
    alone = f" This test alone: {format_number(test.p_value or 0.0, Kind.P_VALUE)}." if is_adjusted else ""
    return Metric(
        name,
        title,
        f"{means}{alone}",
        adjusted,
        n=test.pairs,
        kind=Kind.P_VALUE,
        units=SCORED.replace("images", counted),
        undefined=test.undefined,
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
