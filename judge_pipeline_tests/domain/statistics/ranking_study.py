"""Studies of several captioners whose strengths by people are known, with a judge who errs and has a favourite."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.domain.statistics import Ranking, ranking

VERDICTS = ("first", "tie", "second")

Columns = tuple[list[str], list[str], list[str | None], list[str], list[int]]
"""First and second captioner, people's verdict, the judge's, image."""


@dataclass(frozen=True)
class RankingStudy:
    """Every pair, in a chain every two neighbours, has `images` of its own; the first `labelled` have people's verdict.

    People follow Davidson's model. The judge repeats their verdict with probability `accuracy`, else it takes any; with
    probability `favour` it takes the later captioner, by people the weaker one, unread.
    """

    strengths: NDArray[np.float64] = field(default_factory=lambda: np.array([0.5, 0.0, -0.5]))
    nu: float = 0.5
    images: int = 200
    labelled: int = 40
    accuracy: float = 0.75
    favour: float = 0.25
    is_chain: bool = False

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Those that meet."""
        every = combinations(range(len(self.strengths)), 2)
        return [(one, other) for one, other in every if not self.is_chain or other == one + 1]

    def shares(self, one: int, other: int) -> NDArray[np.float64]:
        """Of people's verdicts: first, tie, second."""
        lead = (self.strengths[one] - self.strengths[other]) / 2
        found = np.array([np.exp(lead), self.nu, np.exp(-lead)])
        return np.asarray(found / found.sum())

    @property
    def win_rates(self) -> dict[str, float]:
        """Each captioner's mean of expected points over the others."""
        count = len(self.strengths)
        return {
            f"m{one}": float(np.mean([self.shares(one, other) @ [1, 0.5, 0] for other in range(count) if other != one]))
            for one in range(count)
        }

    def drawn(self, generator: np.random.Generator) -> Columns:
        """One study."""
        first: list[str] = []
        second: list[str] = []
        people: list[str | None] = []
        judge: list[str] = []
        for one, other in self.pairs:
            truth = generator.choice(3, self.images, p=self.shares(one, other))
            read = np.where(generator.random(self.images) < self.accuracy, truth, generator.integers(0, 3, self.images))
            said = np.where(generator.random(self.images) < self.favour, 2, read)
            first += [f"m{one}"] * self.images
            second += [f"m{other}"] * self.images
            people += [VERDICTS[code] if place < self.labelled else None for place, code in enumerate(truth)]
            judge += [VERDICTS[code] for code in said]
        return first, second, people, judge, list(range(len(first)))

    def coverage(self, *, studies: int, resamples: int, seed: int = 0) -> dict[str, float]:
        """How often the 95% intervals contain the true win rates, all ranks the true ones; and the intervals' mean widths."""
        generator = np.random.default_rng(seed)
        kinds = ("corrected", "people", "judge")
        held = dict.fromkeys((*kinds, "ranks"), 0.0)
        widths = dict.fromkeys(kinds, 0.0)
        truth = self.win_rates
        for study in range(studies):
            first, second, people, judge, _ = self.drawn(generator)
            found = {
                "corrected": ranking(first, second, people, judge, resamples=resamples, seed=study),
                "people": ranking(first, second, people, resamples=resamples, seed=study),
                "judge": ranking(first, second, judge, resamples=resamples, seed=study),
            }
            for kind in kinds:
                intervals = {place.name: place.win_rate.interval for place in found[kind].places}
                held[kind] += float(np.mean([bool(i) and truth[str(name)] in i for name, i in intervals.items() if i]))
                widths[kind] += float(np.mean([i.width for i in intervals.values() if i]))
            held["ranks"] += self._hold(found["corrected"])
        return {kind: held[kind] / studies for kind in held} | {
            f"width of {kind}": widths[kind] / studies for kind in kinds
        }

    def _hold(self, found: Ranking) -> bool:
        """Whether each captioner's true rank is within its ranks."""
        ordered = sorted(self.win_rates, key=lambda name: -self.win_rates[name])
        return all(
            place.ranks is not None and place.ranks[0] <= ordered.index(str(place.name)) + 1 <= place.ranks[1]
            for place in found.places
        )
