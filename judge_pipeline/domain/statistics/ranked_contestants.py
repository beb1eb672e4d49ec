"""A ranking of two or more contestants by people's verdicts, corrected by the judge's, with intervals over images."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_count, check_labels, is_within, shown
from judge_pipeline.domain.statistics.battle_counts import OPINIONS, Battle, BattleCounts
from judge_pipeline.domain.statistics.columns import Labels, Numbers, are_equal, is_missing, ordered_categories, rows_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence
from judge_pipeline.domain.statistics.resampling import MAX_UNDEFINED, MOST_RESAMPLES, RESAMPLES, percentile_interval
from judge_pipeline.domain.statistics.strength_fit import (
    Fit,
    fit_davidson,
    groups_that_met,
    why_not_compared,
    why_unbounded,
)
from judge_pipeline.domain.statistics.verdict import Verdicts, read_verdicts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CONTESTANTS = 100
"""Each resample holds a number for every two of them."""

RIDGE = 1e-6
"""Keeps the strengths of one who never lost finite; win rates then end within a millionth of their limits."""

UNBOUNDED = 6.0
"""A log strength beyond it is that of one who never lost in the resample."""

FEW = "the interval: with so few labels more than one in twenty resamples leave a contestant unconnected or unbeaten"


@dataclass(frozen=True, slots=True)
class Ranked:
    """One contestant. `win_rate` is the mean over the others of the points to expect against each, ties half.

    `strength` is a logarithm; the strengths sum to 0. `ranks` are the best and the worst rank that the data allow, all
    contestants' together at the confidence; None if the resamples do not say. Estimates count its images with a label.
    """

    name: Hashable
    win_rate: Estimate
    strength: Estimate
    ranks: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """`places` are the contestants, best first. `points` maps two of them to the win rate the model expects, ties half.

    `battles` counts those that entered, `labelled` those with people's verdict. `unlabelled` are pairs that met too few
    labels to enter. `undefined` says why there are no places. `tie` is nu, see `bradley_terry`.
    """

    places: tuple[Ranked, ...]
    points: dict[tuple[Hashable, Hashable], float]
    tie: float | None
    battles: int
    labelled: int
    unlabelled: tuple[tuple[Hashable, Hashable], ...] = ()
    undefined: str | None = None


def ranking(
    first: Labels,
    second: Labels,
    people: Verdicts,
    judge: Verdicts | None = None,
    *,
    images: Labels | None = None,
    strata: Labels | None = None,
    probabilities: Numbers | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Ranking:
    """Davidson's strengths by people's verdicts, made more precise by the judge's; a row is a battle about one image.

    The model's score equations are linear in the verdicts: in each pair they need only the shares of points and of ties.
    With a `judge`, each is what people would find over all the pair's battles, by PPI++ in strata: a pair within one of the
    `strata`, such as projects or versions of the judge, weighted by all its battles. The judge without an opinion predicts
    one half. A stratum with fewer than two labels is left out, because the judge's errors there are unknown. Without a
    `judge`, the battles with people's verdict count. `probabilities` are those of asking people about each battle, by
    default equal.

    It is valid for any judge if people's labels are **a random sample** of each stratum, or drawn with the given
    probabilities, and the strengths are those that fit best what people would say, even where the model does not hold.
    Intervals speak of images like these: `images` are resampled as a whole, with all their battles. The win rates' are
    Student's on the logit scale with the resamples' standard error, the strengths' are quantiles. Battles of one pair about
    one image share its weight. Without ties, two contestants' win rate is wins / battles, and their strengths ± half its log odds.

    Undefined without battles, and if some contestants never met, directly or through others. If one never lost, only the
    win rates are defined, at their limits, and no interval.

    Sources: R. R. Davidson, JASA 65 (1970), 317-328; A. N. Angelopoulos, J. C. Duchi and T. Zrnic, PPI++, arXiv:2311.01453
    (2023); strata: A. Fisch et al., Stratified prediction-powered inference, arXiv:2406.04291 (2024); ranks from
    simultaneous intervals of all differences: M. Mogstad, J. P. Romano, A. M. Shaikh and D. Wilhelm, Inference for ranks,
    Review of Economic Studies 91 (2024), 476-518; for judges: I. Chatzi et al., Prediction-powered ranking of
    large language models, arXiv:2402.17826 (2024).

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict, a contestant against itself or None, an
            image or stratum that is not a label, a probability outside 0 to 1.
    """
    import numpy as np

    check_confidence(confidence)
    check_count("resamples", resamples, least=2, most=MOST_RESAMPLES)
    check_count("seed", seed)
    names, battles = _read(first, second, people, judge, images, strata, probabilities)
    counts = BattleCounts(battles, are_predicted=judge is not None)
    labelled = sum(battle.people is not None for battle in battles)
    unlabelled = tuple((names[i], names[j]) for i, j in counts.unlabelled)
    totals = counts.totals()
    by_pair = {pair: tuple(map(float, won)) for pair, won in zip(counts.pairs, totals[0], strict=True)}
    why = None
    if len(names) > MOST_CONTESTANTS:
        why = f"{len(names):,} contestants are too many to rank, at most {MOST_CONTESTANTS}: drop or group some"
    if why := why or why_not_compared(names, by_pair, "battles that people decided" if unlabelled else "battles"):
        return Ranking((), {}, None, len(battles), labelled, unlabelled, why)
    unbounded = why_unbounded(names, by_pair)
    fit = fit_davidson(len(names), counts.pairs, totals, ridge=RIDGE if unbounded else 0.0)
    drawn = [
        _fitted(len(names), counts.pairs, block)
        for block in counts.resamples(width=len(names) ** 2, resamples=resamples, seed=seed)
    ]
    rates = np.concatenate([rate for rate, _ in drawn])
    strengths = np.concatenate([strength for _, strength in drawn])
    found = _win_rates(fit)[0]
    ranks = None if unbounded else _ranks(found, rates, confidence)
    entered = [battle for battle in battles if battle.people is not None and battle.pair in by_pair]
    images_of = [len({battle.unit for battle in entered if place in battle.pair}) for place in range(len(names))]
    places = []
    for place, (name, n) in enumerate(zip(names, images_of, strict=True)):
        value, strength = float(found[place]), float(fit.strengths[0, place])
        if unbounded:
            rate, log_strength = Estimate(value, None, n, f"the interval: {unbounded}"), Estimate.none(n, unbounded)
        else:
            rate = _rate_estimate(value, rates[:, place], n, confidence)
            log_strength = _strength_estimate(strength, strengths[:, place], n, confidence)
        places.append(Ranked(name, rate, log_strength, ranks[place] if ranks else None))
    points = {
        (one, other): float(fit.points[0, i, j])
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if i != j
    }
    ordered = tuple(places[place] for place in np.argsort(-found, kind="stable"))
    return Ranking(ordered, points, float(np.exp(fit.log_nu[0])), len(battles), labelled, unlabelled)


def _read(
    first: Labels,
    second: Labels,
    people: Verdicts,
    judge: Verdicts | None,
    images: Labels | None,
    strata: Labels | None,
    probabilities: Numbers | None,
) -> tuple[tuple[Hashable, ...], list[Battle]]:
    """The contestants, and the battles among them; without a judge those that people decided."""
    labels = [verdict if verdict in OPINIONS else None for verdict in read_verdicts(people)]
    blank: list[Any] = [None] * len(labels)
    rows = rows_of(
        first,
        second,
        labels,
        blank if judge is None else [verdict if verdict in OPINIONS else None for verdict in read_verdicts(judge)],
        range(len(labels)) if images is None else images,
        blank if strata is None else strata,
        [1.0] * len(labels) if probabilities is None else probabilities,
    )
    rows = [row for row in rows if row[2] is not None or judge is not None]
    check_labels((row[0], row[1], row[4], row[5]) for row in rows)
    for one, other, *_ in rows:
        if is_missing(one) or is_missing(other):
            raise ValueError(f"expected two named contestants in each battle, found {shown((one, other))}")
        if are_equal(one, other):
            raise ValueError(f"expected battles between two contestants, found {shown(one)} against itself")
    names = ordered_categories((name for row in rows for name in row[:2]), None)
    places = {name: place for place, name in enumerate(names)}
    pairs: dict[tuple[int, int], tuple[int, int]] = {}
    battles = []
    for row, (one, other, label, verdict, image, stratum, probability) in enumerate(rows):
        if label is not None and (not is_within(probability, 0, 1) or probability == 0):
            raise ValueError(f"expected a probability above 0, at most 1, of each label, found {shown(probability)}")
        i, j = places[one], places[other]
        pair = (min(i, j), max(i, j))
        battles.append(
            Battle(
                unit=("row", row) if images is not None and is_missing(image) else image,
                pair=pairs.setdefault(pair, pair),
                stratum=None if is_missing(stratum) else stratum,
                people=_place(label, is_turned=i > j),
                judge=_place(verdict, is_turned=i > j),
                probability=1.0 if label is None else float(probability),
            )
        )
    return names, battles


def _place(verdict: Any, *, is_turned: bool) -> int | None:
    """The verdict's place among the opinions, for a pair that may be turned."""
    if verdict is None:
        return None
    return 2 - OPINIONS.index(verdict) if is_turned else OPINIONS.index(verdict)


def _fitted(
    contestants: int, pairs: Sequence[tuple[int, int]], counts: "NDArray[np.float64]"
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Win rates and strengths of each resample; NaN if it leaves the contestants unconnected, or strengths unbounded."""
    import numpy as np

    fit = fit_davidson(contestants, pairs, counts, ridge=RIDGE)
    met, pattern = np.unique(counts.sum(axis=2) > 0, axis=0, return_inverse=True)
    is_connected = np.array(
        [
            len(groups_that_met(contestants, {pair: () for pair, is_met in zip(pairs, row, strict=True) if is_met}))
            == 1
            for row in met
        ]
    )[pattern.ravel()]
    rates = np.where(is_connected[:, None], _win_rates(fit), np.nan)
    is_bounded = is_connected & (abs(fit.strengths).max(axis=1) < UNBOUNDED)
    return rates, np.where(is_bounded[:, None], fit.strengths, np.nan)


def _win_rates(fit: Fit) -> "NDArray[np.float64]":
    """`[set, contestant]`: the mean of the expected points over the others."""
    import numpy as np

    contestants = fit.strengths.shape[1]
    return np.asarray((fit.points.sum(axis=2) - 0.5) / (contestants - 1))


def _rate_estimate(value: float, draws: "NDArray[np.float64]", n: int, confidence: float) -> Estimate:
    """The win rate with Student's interval on the logit scale, with the resamples' standard error."""
    import numpy as np
    from scipy.special import expit, logit, stdtrit

    drawn = draws[~np.isnan(draws)]
    if len(drawn) < (1 - MAX_UNDEFINED) * len(draws):
        return Estimate(value, None, n, FEW)
    spread = float(drawn.std())
    if spread < 1e-9:
        return Estimate(value, None, n, "the interval: the verdicts have no spread")
    reach = float(stdtrit(max(n - 1, 1), (1 + confidence) / 2)) * spread / (value * (1 - value))
    return Estimate(value, Interval(*map(float, expit(logit(value) + np.array([-reach, reach])))), n)


def _strength_estimate(value: float, draws: "NDArray[np.float64]", n: int, confidence: float) -> Estimate:
    interval = percentile_interval(draws, confidence)
    if interval is None:
        return Estimate(value, None, n, FEW)
    if interval.width < 1e-9:
        return Estimate(value, None, n, "the interval: the verdicts have no spread")
    return Estimate(value, interval, n)


def _ranks(
    found: "NDArray[np.float64]", draws: "NDArray[np.float64]", confidence: float
) -> list[tuple[int, int]] | None:
    """Best and worst ranks from intervals of all differences that hold together: the largest standardised error decides."""
    import numpy as np

    drawn = draws[~np.isnan(draws).any(axis=1)]
    if len(drawn) < (1 - MAX_UNDEFINED) * len(draws):
        return None
    one, other = np.triu_indices(len(found), 1)
    errors = (drawn[:, one] - drawn[:, other]) - (found[one] - found[other])
    spread = errors.std(axis=0)
    has_spread = spread > 1e-9
    if not has_spread.any():
        return None
    limit = np.quantile((abs(errors[:, has_spread]) / spread[has_spread]).max(axis=1), confidence)
    ahead = np.where(has_spread, (found[one] - found[other]) / np.where(has_spread, spread, 1), 0)
    best, worst = np.ones(len(found), dtype=int), np.full(len(found), len(found))
    for leads, i, j in ((ahead > limit, one, other), (ahead < -limit, other, one)):
        np.add.at(best, j[leads], 1)
        np.add.at(worst, i[leads], -1)
    return list(zip(best.tolist(), worst.tolist(), strict=True))
