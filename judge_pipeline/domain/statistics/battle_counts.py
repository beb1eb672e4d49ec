"""Battles by pair, counted so that images can be resampled: people's verdicts, corrected by the judge's on the rest."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.resampling import resampled_counts
from judge_pipeline.domain.statistics.verdict import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_LABELS = 2
"""Fewer labels in a stratum have no spread, and the judge's errors there are unknown."""

OPINIONS = (Verdict.FIRST, Verdict.TIE, Verdict.SECOND)
POINTS = (1.0, 0.5, 0.0, 0.5)
"""What a verdict counts; the fourth is the judge without an opinion, which predicts one half."""
TIES = (0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Battle:
    """One battle, turned so that the contestant with the lower place is first.

    `people` and `judge` are places in `OPINIONS`; None is no opinion. `probability` is that of asking people.
    """

    unit: Hashable
    pair: tuple[int, int]
    stratum: Hashable
    people: int | None
    judge: int | None
    probability: float


class BattleCounts:
    """The battles as counts per stratum, a pair of contestants under one judge.

    `pairs` are those with enough labels, `unlabelled` the others.
    """

    def __init__(self, battles: Sequence[Battle], *, are_predicted: bool) -> None:
        labels = Counter((battle.pair, battle.stratum) for battle in battles if battle.people is not None)
        self._strata = sorted((key for key in labels if labels[key] >= LEAST_LABELS or not are_predicted), key=repr)
        self._are_predicted = are_predicted
        self.pairs = sorted({pair for pair, _ in self._strata})
        self.unlabelled = sorted({battle.pair for battle in battles} - set(self.pairs))
        self._kinds, self._multiplicity = self._kinds_of_units(battles)

    def totals(self) -> "NDArray[np.float64]":
        """`[1, pair, (won, tied, lost)]`, of the units as they are."""
        return self._by_pair(self._multiplicity[None].astype(float))

    def resamples(self, *, width: int, resamples: int, seed: int) -> Iterator["NDArray[np.float64]"]:
        """The same for resampled units, in blocks."""
        width = max(width, self._kinds.shape[1])
        for counts in resampled_counts(self._multiplicity, width=width, resamples=resamples, seed=seed):
            yield self._by_pair(counts)

    def _kinds_of_units(self, battles: Sequence[Battle]) -> tuple["NDArray[np.float64]", "NDArray[np.int64]"]:
        """What each kind of unit adds to the cells, as a sparse matrix, and how many units are of it.

        A stratum has 4 cells for the judge's verdicts on all its battles and 12 for people's verdict and the judge's on the
        labelled ones, weighted by their probabilities. An image that is several battles of one pair counts once.
        """
        import numpy as np
        from scipy.sparse import csr_array

        places = {stratum: place for place, stratum in enumerate(self._strata)}
        battles = [battle for battle in battles if (battle.pair, battle.stratum) in places]
        times = Counter((battle.unit, battle.pair) for battle in battles)
        cells_of: dict[Hashable, tuple[tuple[int, float], ...]] = {}
        once: dict[Any, Any] = {}  # equal tuples are held once: there are few kinds of battles
        for battle in battles:
            place = places[battle.pair, battle.stratum]
            share = 1 / times[battle.unit, battle.pair]
            judged = 3 if battle.judge is None else battle.judge
            drawn = 0.0 if battle.people is None else share / battle.probability
            cells = (*cells_of.get(battle.unit, ()), (16 * place + judged, share if self._are_predicted else drawn))
            if battle.people is not None:
                cells = (*cells, (16 * place + 4 + 4 * battle.people + judged, drawn))
            cells = tuple(sorted(once.setdefault(cell, cell) for cell in cells))
            cells_of[battle.unit] = once.setdefault(cells, cells)
        kinds = Counter(cells_of.values())
        entries = [(row, cell, value) for row, kind in enumerate(kinds) for cell, value in kind]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(kinds), 16 * len(self._strata))
        return csr_array((values, (rows, columns)), shape=shape), np.array(list(kinds.values()), dtype=np.int64)

    def _by_pair(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Per stratum the shares that people would find, times its battles; then the sum over the strata of each pair."""
        import numpy as np

        cells = (self._kinds.T @ counts.T).T.reshape(len(counts), len(self._strata), 4, 4)
        everywhere, labelled = cells[:, :, 0], cells[:, :, 1:]
        points = _corrected(everywhere, labelled, np.array(POINTS))
        ties = np.clip(_corrected(everywhere, labelled, np.array(TIES)), 0, 1)
        points = np.clip(points, ties / 2, 1 - ties / 2)
        shares = np.stack([points - ties / 2, ties, 1 - points - ties / 2], axis=2)
        is_known = labelled.sum(axis=(2, 3)) > 0
        battles = np.where(is_known, everywhere.sum(axis=2), 0)
        found = np.where(is_known[:, :, None], shares * battles[:, :, None], 0)
        pair_of = {pair: place for place, pair in enumerate(self.pairs)}
        summed = np.zeros((len(counts), len(self.pairs), 3))
        for stratum, (pair, _) in enumerate(self._strata):
            summed[:, pair_of[pair]] += found[:, stratum]
        return summed


def _corrected(
    everywhere: "NDArray[np.float64]", labelled: "NDArray[np.float64]", worth: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """PPI++ in each stratum: mean(Y) + λ (mean of f everywhere - mean of f on the labelled), λ of least variance in 0 to 1.

    `everywhere` is `[set, stratum, judge]`, `labelled` `[set, stratum, people, judge]`; `worth` is what each verdict counts.
    """
    import numpy as np

    weights, battles = labelled.sum(axis=(2, 3)), everywhere.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        people = labelled.sum(axis=3) @ worth[:3] / weights
        judged = labelled.sum(axis=2) @ worth / weights
        both = worth[:3] @ labelled @ worth / weights
        predicted = everywhere @ worth / battles
        spread = everywhere @ worth**2 / battles - predicted**2
        trust = np.clip((both - people * judged) / spread, 0, 1)
    return np.asarray(people + np.where(spread > 1e-12, trust, 0) * (predicted - judged))
