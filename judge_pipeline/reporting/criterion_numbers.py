"""How each captioner fares in each criterion of the rubric."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement


@dataclass(frozen=True, slots=True)
class CriterionNumbers:
    """One criterion with `len(labels)` options from worst to best.

    `labels` are as the ontology has them, None where it is not known and nobody was ever given that option. `counts` has,
    for each captioner, the number of images per option.
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


def criterion_numbers(
    judgements: Iterable[Judgement], grades: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[CriterionNumbers, ...]:
    """All criteria in the order in which they come up; `grades` names the options of those that the ontology has now.

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
        named = (grades or {}).get(title, ())
        if len(named) == count:
            labels[title, count] = {**dict(enumerate(named)), **found}
    return tuple(
        CriterionNumbers(
            title=title,
            labels=tuple(labels[title, count].get(position) for position in range(count)),
            counts={captioner: tuple(each) for captioner, each in of_criterion.items()},
        )
        for (title, count), of_criterion in counts.items()
    )
