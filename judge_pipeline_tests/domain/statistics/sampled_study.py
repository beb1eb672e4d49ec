"""A project of known truth, some images of which people have decided, however these were drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.domain.statistics import (
    Estimate,
    Share,
    cohen_kappa,
    gwet_ac1,
    raw_agreement,
    win_rates,
)
from judge_pipeline_tests.domain.statistics.simulated_study import POINTS, TIE, VERDICTS, Codes, World, merged

CATEGORIES = [0, 1, 2]
SCENE = 10
"""Images of one scene."""


@dataclass(frozen=True)
class Study:
    """What people would say of all images, what the judge says, and which images are `drawn` with which probability.

    `clusters` are the scenes, None if each image is on its own.
    """

    people: Codes
    judge: Codes
    drawn: NDArray[np.bool_]
    probabilities: NDArray[np.float64]
    clusters: NDArray[np.int64] | None = None

    @property
    def truths(self) -> dict[str, float]:
        """The values over all images of the project."""
        people, judge = self.people, self.judge
        joint = np.zeros((3, 3))
        np.add.at(joint, (people, judge), 1 / len(people))
        shares, agreement = (joint.sum(axis=0) + joint.sum(axis=1)) / 2, float(np.trace(joint))
        expected, gwet = float(joint.sum(axis=0) @ joint.sum(axis=1)), float((shares * (1 - shares)).sum()) / 2
        return {
            "win rate, ties half": float(POINTS[people].mean()),
            "win rate of the decided": float((people == 0).sum() / (people != TIE).sum()),
            "raw agreement": agreement,
            "Cohen's kappa": (agreement - expected) / (1 - expected),
            "Gwet's AC1": (agreement - gwet) / (1 - gwet),
        }

    def estimates(self, *, weighted: bool) -> Mapping[str, Estimate | Share]:
        """Of all images from the drawn ones; not `weighted` as if these were any sample of endlessly many."""
        people, judge = self.people[self.drawn].tolist(), self.judge[self.drawn].tolist()
        how: dict[str, Any] = {}
        if weighted:
            how = {"probabilities": self.probabilities[self.drawn].tolist(), "population": len(self.people)}
            how["clusters"] = None if self.clusters is None else self.clusters[self.drawn].tolist()
        rates = win_rates(VERDICTS[people].tolist(), **how)
        return {
            "win rate, ties half": rates.first_with_ties_half,
            "win rate of the decided": rates.first_of_decided,
            "raw agreement": raw_agreement(people, judge, **how),
            "Cohen's kappa": cohen_kappa(people, judge, categories=CATEGORIES, **how),
            "Gwet's AC1": gwet_ac1(people, judge, categories=CATEGORIES, **how),
        }


Drawing = Callable[[World, int, int, np.random.Generator], Study]
"""A study of so many images, of which so many are decided."""


def at_random(world: World, images: int, decided: int, generator: np.random.Generator) -> Study:
    """The images with the smallest random numbers."""
    people, one_order, other_order = world.draw(images, generator)
    return _by_weight(people, merged(one_order, other_order), np.ones(images), decided, generator)


def stratified(world: World, images: int, decided: int, generator: np.random.Generator) -> Study:
    """Images on which the judge's orders differ come four times as often."""
    people, one_order, other_order = world.draw(images, generator)
    weights = np.where(one_order == other_order, 1.0, 4.0)
    return _by_weight(people, merged(one_order, other_order), weights, decided, generator)


def disagreements_too(world: World, images: int, decided: int, generator: np.random.Generator) -> Study:
    """Half of the answers are to images where people and the judge differ, the others drawn at random.

    An image of the former counts only if the random drawing has come past it.
    """
    people, one_order, other_order = world.draw(images, generator)
    judge = merged(one_order, other_order)
    numbers = generator.random(images)
    hunted = np.zeros(images, dtype=bool)
    hunted[np.flatnonzero(people != judge)[: decided // 2]] = True
    others = np.sort(numbers[~hunted])
    fresh = decided - int(hunted.sum())
    reached = others[fresh] if fresh < len(others) else 1.0
    return Study(people, judge, numbers < reached, np.full(images, reached))


def disagreements_alone(world: World, images: int, decided: int, generator: np.random.Generator) -> Study:
    """Images where people and the judge differ first, which no probability can repair: what the report used to take for random."""
    people, one_order, other_order = world.draw(images, generator)
    judge = merged(one_order, other_order)
    order = np.argsort(people == judge, kind="stable")
    drawn = np.zeros(images, dtype=bool)
    drawn[order[:decided]] = True
    return Study(people, judge, drawn, np.full(images, decided / images))


def whole_scenes(likeness: float) -> Drawing:
    """Scenes of ten images, decided as a whole; two images of one have the same truth with this correlation."""

    def draw(world: World, images: int, decided: int, generator: np.random.Generator) -> Study:
        scenes = np.arange(images) // SCENE
        own, common = (generator.choice(3, size=count, p=world.truth) for count in (images, images // SCENE))
        truth = np.where(generator.random(images) < likeness**0.5, common[scenes], own)
        shared = [
            _answered(shares, truth, generator) for shares in (world.people, world.judge_shown(0), world.judge_shown(2))
        ]
        people, one_order, other_order = shared
        chosen = generator.permutation(images // SCENE)[: decided // SCENE]
        share = len(chosen) * SCENE / images
        drawn = np.isin(scenes, chosen)
        return Study(people, merged(one_order, other_order), drawn, np.full(images, share), scenes)

    return draw


def _answered(shares: NDArray[np.float64], truth: Codes, generator: np.random.Generator) -> Codes:
    return np.asarray((generator.random((len(truth), 1)) > shares[truth].cumsum(axis=1)).sum(axis=1))


def _by_weight(
    people: Codes, judge: Codes, weights: NDArray[np.float64], decided: int, generator: np.random.Generator
) -> Study:
    """Sequential Poisson sampling: the smallest random number over weight first."""
    images = len(people)
    places = generator.random(images) / weights
    if decided == images:
        return Study(people, judge, np.ones(images, dtype=bool), np.ones(images))
    reached = np.sort(places)[decided]
    return Study(people, judge, places < reached, np.minimum(1.0, weights * reached))
