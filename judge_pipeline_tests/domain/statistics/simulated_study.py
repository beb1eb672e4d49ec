"""A study whose truth is known: images with a better caption, people who err, a judge who errs and leans to one side."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.domain.statistics import (
    AutoAccept,
    Estimate,
    Share,
    auto_accept,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    mean_difference,
    ppi_win_rate,
    raw_agreement,
    win_rates,
)

Codes = NDArray[np.int64]
"""One number an image: 0 first caption, 1 tie, 2 second."""

VERDICTS = np.array(["first", "tie", "second"])
POINTS = np.array([1.0, 0.5, 0.0])
TIE = 1


@dataclass(frozen=True)
class World:
    """`first` and `tie` are the shares of images whose first caption is better, or neither.

    Whoever is wrong takes either of the other answers alike. With probability `bias` the judge, in each order anew, takes the
    caption shown first without reading; its verdict is what both orders say, and a tie where they differ.
    """

    first: float = 0.5
    tie: float = 0.15
    people_accuracy: float = 0.9
    judge_accuracy: float = 0.8
    bias: float = 0.1

    @property
    def truth(self) -> NDArray[np.float64]:
        """The shares of the three truths."""
        return np.array([self.first, self.tie, 1 - self.first - self.tie])

    @property
    def people(self) -> NDArray[np.float64]:
        """`[truth, label]`: what people say of each."""
        return _answers(self.people_accuracy)

    def judge_shown(self, shown_first: int) -> NDArray[np.float64]:
        """`[truth, verdict]` in one order."""
        return (1 - self.bias) * _answers(self.judge_accuracy) + self.bias * np.eye(3)[[shown_first] * 3]

    @property
    def joint(self) -> NDArray[np.float64]:
        """`[people, judge]`: the probability of each pair of labels, summed over all that may happen."""
        joint = np.zeros((3, 3))
        one_order, other_order = self.judge_shown(0), self.judge_shown(2)
        for truth, label, one, other in product(range(3), repeat=4):
            verdict = one if one == other else TIE
            chance = self.truth[truth] * self.people[truth, label] * one_order[truth, one] * other_order[truth, other]
            joint[label, verdict] += chance
        return joint

    def draw(self, images: int, generator: np.random.Generator) -> tuple[Codes, Codes, Codes]:
        """What people say, and the judge in either order."""
        truth = generator.choice(3, size=images, p=self.truth)
        people = _drawn(self.people[truth], generator)
        return people, _drawn(self.judge_shown(0)[truth], generator), _drawn(self.judge_shown(2)[truth], generator)


def merged(one_order: Codes, other_order: Codes) -> Codes:
    """The judge's verdict."""
    return np.where(one_order == other_order, one_order, TIE)


def truths(world: World) -> dict[str, float]:
    """What each of `estimates` estimates, of endlessly many images."""
    joint = world.joint
    people, judge = joint.sum(axis=1), joint.sum(axis=0)
    agreement, shares = float(np.trace(joint)), (people + judge) / 2
    apart = np.subtract.outer(np.arange(3), np.arange(3)) ** 2
    points = float(people @ POINTS)

    def beyond(chance: float) -> float:
        return (agreement - chance) / (1 - chance)

    return {
        "win rate of the decided (Wilson)": float(people[0] / (people[0] + people[2])),
        "win rate, ties half (score)": points,
        "win rate, corrected (PPI++)": points,
        "raw agreement (Wilson)": agreement,
        "Cohen's kappa": beyond(float(people @ judge)),
        "Cohen's kappa, quadratic": 1 - float((apart * joint).sum() / (apart * np.outer(people, judge)).sum()),
        "Gwet's AC1": beyond(float((shares * (1 - shares)).sum()) / 2),
        "Krippendorff's alpha (bootstrap)": beyond(float(shares @ shares)),  # without end it is Scott's pi
        "mean difference of scores (t)": SCORE_LEAD,
    }


def estimates(
    world: World,
    *,
    labelled: int,
    unlabelled: int,
    generator: np.random.Generator,
    with_kappa: bool = True,
    resamples: int = 0,
) -> Mapping[str, Estimate | Share]:
    """One study: people label the first `labelled` images, the judge all.

    Kappa takes longer than all the rest (4 ms: statsmodels tests it as well), weighted kappa and alpha, with so many
    resamples, longer still; these two are left out without resamples.
    """
    people, one_order, other_order = world.draw(labelled + unlabelled, generator)
    judge = merged(one_order, other_order)
    labels, ruled = people[:labelled].tolist(), judge[:labelled].tolist()
    rates = win_rates(VERDICTS[labels].tolist())
    ppi = ppi_win_rate([*VERDICTS[labels].tolist(), *[None] * unlabelled], VERDICTS[judge].tolist())
    found: dict[str, Estimate | Share] = {
        "win rate of the decided (Wilson)": rates.first_of_decided,
        "win rate, ties half (score)": rates.first_with_ties_half,
        "win rate, corrected (PPI++)": ppi.corrected,
        "raw agreement (Wilson)": raw_agreement(labels, ruled),
        "Gwet's AC1": gwet_ac1(labels, ruled, categories=[0, 1, 2]),
        "mean difference of scores (t)": mean_difference(*_scores(labelled, generator)),
    }
    if with_kappa:
        found["Cohen's kappa"] = cohen_kappa(labels, ruled)
    if resamples:
        found["Cohen's kappa, quadratic"] = cohen_kappa(labels, ruled, weights="quadratic")
        found["Krippendorff's alpha (bootstrap)"] = krippendorff_alpha(labels, ruled, resamples=resamples)
    return found


SCORE_LEAD = 0.15


def _scores(images: int, generator: np.random.Generator) -> tuple[list[int], list[int]]:
    """Two scores of 1 to 5 that share the image's own difficulty; the first is a point up more often."""
    ease = generator.integers(1, 5, size=images)
    first, second = (ease + (generator.random(images) < share) for share in (0.4, 0.4 - SCORE_LEAD))
    return first.tolist(), second.tolist()


GAP_AGREEMENT = np.array([0.5, 0.7, 0.85, 0.88, 0.95])
"""How often people agree with the judge where its scores lie 0 to 4 apart, each as often as the others."""


def draw_rule(images: int, wanted: float, generator: np.random.Generator) -> AutoAccept:
    """The rule that follows from so many labelled images."""
    gaps = generator.integers(0, 5, size=images)
    agreed = generator.random(images) < GAP_AGREEMENT[gaps]
    return auto_accept([True] * images, agreed.tolist(), gaps.tolist(), wanted=wanted)


def keeps_its_word(rule: AutoAccept) -> bool:
    """Whether the agreement that the rule promises is the true one from its gap on."""
    return rule.gap is None or float(GAP_AGREEMENT[int(rule.gap) :].mean()) > rule.wanted


def _answers(accuracy: float) -> NDArray[np.float64]:
    return accuracy * np.eye(3) + (1 - accuracy) / 2 * (1 - np.eye(3))


def _drawn(shares: NDArray[np.float64], generator: np.random.Generator) -> Codes:
    return np.asarray((generator.random((len(shares), 1)) > shares.cumsum(axis=1)).sum(axis=1))
