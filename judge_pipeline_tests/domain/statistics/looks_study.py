"""Studies whose truth is known, looked at again and again: how often is a claim ever false?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from judge_pipeline.domain.statistics import (
    Interval,
    at_every_look,
    auto_accept,
    ppi_win_rate,
    share_at_every_look,
    wilson_interval,
)
from judge_pipeline_tests.domain.statistics.simulated_study import POINTS, VERDICTS, World, merged

WANTED = 0.9


@dataclass(frozen=True)
class Gaps:
    """A judge's gaps from the largest down: the share of the images at each, and how often people agree there."""

    shares: tuple[float, ...]
    agreement: tuple[float, ...]

    @property
    def agreement_from(self) -> NDArray[np.float64]:
        """The true agreement at each gap and above it."""
        reached = np.cumsum(self.shares)
        return np.asarray(np.cumsum(np.multiply(self.shares, self.agreement)) / reached)


JUST_TOO_LITTLE = Gaps((0.05, 0.1, 0.15, 0.3, 0.4), (0.897,) * 5)
SLOWLY_WORSE = Gaps((1 / 16,) * 16, tuple(np.linspace(0.99, 0.6, 16).tolist()))
GOOD = Gaps((0.05, 0.1, 0.2, 0.3, 0.35), (0.99, 0.99, 0.98, 0.97, 0.8))


@dataclass
class Rules:
    """How often rules are false, at one look and at any; and how often there is one, with the share of images it accepts."""

    one_look: int = 0
    any_look: int = 0
    given: int = 0
    accepted: float = 0.0


def count_rules(world: Gaps, studies: int, looks: Sequence[int], *, seed: int, one_look_bounds: bool = False) -> Rules:
    """Rules by `auto_accept`, or with bounds for one look and gaps of few labels skipped, as it once was; the last look counts."""
    generator, found, true = np.random.default_rng(seed), Rules(), world.agreement_from
    for _ in range(studies):
        places = generator.choice(len(world.shares), size=looks[-1], p=world.shares)
        agreed = generator.random(looks[-1]) < np.array(world.agreement)[places]
        rules = [
            _rule_of_one_look(places[:labels], agreed[:labels])
            if one_look_bounds
            else _rule(len(world.shares), places[:labels], agreed[:labels])
            for labels in looks
        ]
        false = [place is not None and bool(true[place] <= WANTED) for place in rules]
        found.one_look += false[-1]
        found.any_look += any(false)
        if (last := rules[-1]) is not None:
            found.given += 1
            found.accepted += sum(world.shares[: last + 1])
    return found


def _rule(levels: int, places: NDArray[np.int64], agreed: NDArray[np.bool_]) -> int | None:
    """The place of the rule's gap in order from the largest."""
    rule = auto_accept([True] * len(places), agreed.tolist(), (levels - places).tolist(), wanted=WANTED)
    return None if rule.gap is None else levels - int(rule.gap)


def _rule_of_one_look(places: NDArray[np.int64], agreed: NDArray[np.bool_]) -> int | None:
    accepted = None
    for place in range(int(places.max()) + 1):
        inside = agreed[places <= place]
        count, total = int(inside.sum()), len(inside)
        if 0.05 ** (1 / max(total, 1)) <= WANTED:
            continue
        if not count or betaincinv(count, total - count + 1, 0.05) <= WANTED:
            break
        accepted = place
    return accepted


def judged_shares(looks: Sequence[int], generator: np.random.Generator) -> Iterator[tuple[Interval, Interval]]:
    """A judge without a preference, at each look: the interval for one look and that for every look."""
    wins = (generator.random(looks[-1]) < 0.5).cumsum()
    for images in looks:
        one, every = wilson_interval(int(wins[images - 1]), images), share_at_every_look(int(wins[images - 1]), images)
        assert one is not None
        assert every is not None
        yield one, every


def corrected_rates(
    world: World, images: int, looks: Sequence[int], generator: np.random.Generator
) -> Iterator[tuple[float, Interval, Interval]]:
    """A project in which people label one image after the other: the truth and both intervals of the corrected win rate."""
    people, *orders = world.draw(images, generator)
    judge, truth = VERDICTS[merged(*orders)].tolist(), float(POINTS[people].mean())
    for labels in looks:
        seen = [*VERDICTS[people[:labels]].tolist(), *[None] * (images - labels)]
        drawn = [labels / images] * labels + [None] * (images - labels)
        corrected = ppi_win_rate(seen, judge, probabilities=drawn).corrected
        every = at_every_look(corrected)
        assert corrected.interval is not None
        assert every is not None
        yield truth, corrected.interval, every
