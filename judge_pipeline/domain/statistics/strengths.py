"""Bradley-Terry with ties: strengths of two or more contestants from pairwise verdicts."""

from collections.abc import Hashable
from dataclasses import dataclass

from judge_pipeline.domain.statistics.arguments import check_labels, listing, shown
from judge_pipeline.domain.statistics.columns import Labels, are_equal, is_missing, ordered_categories, rows_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, normal_interval
from judge_pipeline.domain.statistics.strength_fit import fit_davidson, why_not_compared, why_unbounded
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts


@dataclass(frozen=True, slots=True)
class BradleyTerry:
    """`strengths` are logarithms that sum to 0, in the order of `contestants`, with normal intervals.

    `tie` is Davidson's nu: two equals tie with probability nu / (2 + nu); 0 if no battle was tied. `undefined` says why there
    are no strengths; `covariance` is theirs.
    """

    contestants: tuple[Hashable, ...]
    strengths: tuple[Estimate, ...]
    tie: float | None
    battles: int
    covariance: tuple[tuple[float, ...], ...]
    undefined: str | None = None
    confidence: float = CONFIDENCE

    def lead(self, one: Hashable, other: Hashable) -> Estimate:
        """The difference of the two log strengths; if the whole interval is above 0, `one` is better.

        Raises:
            ValueError: a name that is not among the contestants.
        """
        if self.undefined:
            return Estimate.none(self.battles, self.undefined)
        if unknown := [name for name in (one, other) if name not in self.contestants]:
            raise ValueError(f"expected contestants among {shown(list(self.contestants))}, found {listing(unknown)}")
        i, j = self.contestants.index(one), self.contestants.index(other)
        value = (self.strengths[i].value or 0.0) - (self.strengths[j].value or 0.0)
        variance = self.covariance[i][i] + self.covariance[j][j] - 2 * self.covariance[i][j]
        return Estimate(value, normal_interval(value, variance, self.confidence), self.battles)

    def win_probability(self, one: Hashable, other: Hashable) -> Estimate:
        """That one beats the other, given no tie: 1 / (1 + e^-lead)."""
        from scipy.special import expit

        lead = self.lead(one, other)
        if lead.value is None or lead.interval is None:
            return lead
        interval = Interval(float(expit(lead.interval.low)), float(expit(lead.interval.high)))
        return Estimate(float(expit(lead.value)), interval, lead.n)


def bradley_terry(first: Labels, second: Labels, verdicts: Verdicts, *, confidence: float = CONFIDENCE) -> BradleyTerry:
    """The maximum likelihood strengths π; a row is one battle, with its `Verdict`.

    P(i beats j) = π_i / (π_i + π_j + nu √(π_i π_j)), P(tie) = nu √(π_i π_j) / (the same). Rows without an opinion are left
    out. Battles are assumed independent: several captions of one image count like several images, see `ranking`.

    Undefined without battles, if some contestants never met, directly or through others, and if the strengths or nu grow
    without bound, for example because one has never lost.

    Sources: R. A. Bradley and M. E. Terry, Rank analysis of incomplete block designs, Biometrika 39 (1952), 324-345;
    ties: R. R. Davidson, On extending the Bradley-Terry model to accommodate ties in paired comparison experiments, JASA 65
    (1970), 317-328.

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict, a contestant against itself, or None.
    """
    import numpy as np

    check_confidence(confidence)
    rows = [row for row in rows_of(first, second, read_verdicts(verdicts)) if row[2].points is not None]
    check_labels(rows)
    if nameless := next((row for row in rows if is_missing(row[0]) or is_missing(row[1])), None):
        raise ValueError(f"expected two named contestants in each battle, found {shown(nameless[:2])}")
    if alone := next((one for one, other, _ in rows if are_equal(one, other)), None):
        raise ValueError(f"expected battles between two contestants, found {shown(alone)} against itself")
    names = ordered_categories((name for row in rows for name in row[:2]), None)
    places = {name: place for place, name in enumerate(names)}
    counts: dict[tuple[int, int], list[int]] = {}
    for one, other, verdict in rows:
        i, j = places[one], places[other]
        cell = counts.setdefault((min(i, j), max(i, j)), [0, 0, 0])
        cell[1 if verdict is Verdict.TIE else 0 if (verdict is Verdict.FIRST) == (i < j) else 2] += 1
    if why := why_not_compared(names, counts) or why_unbounded(names, counts):
        none = tuple(Estimate.none(len(rows), why) for _ in names)
        return BradleyTerry(names, none, None, len(rows), (), why, confidence)
    fit = fit_davidson(len(names), list(counts), np.array([list(counts.values())], dtype=np.float64))
    covariance = tuple(tuple(map(float, row)) for row in fit.covariance)
    estimates = tuple(
        Estimate(float(value), normal_interval(float(value), covariance[place][place], confidence), len(rows))
        for place, value in enumerate(fit.strengths[0])
    )
    return BradleyTerry(names, estimates, float(np.exp(fit.log_nu[0])), len(rows), covariance, None, confidence)
