"""Intervals that hold at every look at once: looking after each new image and stopping at will errs once in twenty at most.

An interval for one look holds the truth at a given number of images; looked at 40 times, one of the 40 misses it far more often.
All functions here depend on counts only, so that the order of the images changes nothing, and an interval needs nothing
from earlier looks.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import exp, expm1, inf, lgamma, log, sqrt

from judge_pipeline.domain.statistics.arguments import check_count, is_count, is_within, shown
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence

BEST_AT = 100
"""Images at which the sequence of an estimate is tightest. At 25 and at 400 it is 8% and 3% wider than one tuned for them."""

BETS = tuple((bet + 0.5) / 25 for bet in range(25))
"""Shares of the stake. The wealth is their mean, which is close to the best of them and needs no tuning."""

STEPS = 60
"""Halvings of [0, 1]: to the last digit."""


def share_at_every_look(
    count: float, total: int, *, population: int | None = None, confidence: float = CONFIDENCE
) -> Interval | None:
    """The interval of a share of yes among endlessly many images, or among `population`; None if the total is 0.

    All shares p with B(S + 1, F + 1) / (p^S (1 - p)^F) < 1 / error, for S yes and F no. At the true p this ratio, the
    likelihood under all shares alike over that of p, is a martingale that starts at 1, so that by Ville's inequality it reaches
    1 / error with a probability of `error` = 1 - `confidence` at most, ever. In a project of N images, of which the n seen
    ones are drawn at random without replacement, the denominator is that of drawing from an urn with K = pN yes,
    K!/(K - S)! (N - K)!/(N - K - F)! / (N!/(N - n)!), and K lies between S and N - F: the interval closes at the last image.

    A count may be fractional if each image contributes between 0 and 1, such as 1/2 for a tie: both ratios are log-convex in
    the contribution, so that they fall on average where they were a martingale, and the interval is too wide rather than
    too narrow.

    Sources: H. Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical Statistics
    41 (1970), 1397-1409; S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Time-uniform, nonparametric, nonasymptotic
    confidence sequences, Annals of Statistics 49 (2021), 1055-1080; without replacement: I. Waudby-Smith and A. Ramdas,
    Confidence sequences for sampling without replacement, NeurIPS 2020 (arXiv:2006.04347).

    Raises:
        ValueError: a count that is not from 0 to the total, or a population smaller than the total.
    """
    check_confidence(confidence)
    _check_share(count, total)
    if population is not None:
        check_count("the population", population, least=total)
    if not total:
        return None
    yes, no = min(count, total), max(total - count, 0)
    mixture = lgamma(yes + 1) + lgamma(no + 1) - lgamma(total + 2)
    limit = log(1 / (1 - confidence))
    if population is None:
        low, high = 0.0, 1.0

        def is_ruled_out(share: float) -> bool:
            return mixture - _power(share, yes) - _power(1 - share, no) >= limit
    else:
        low, high = yes / population, (population - no) / population
        draws = lgamma(population + 1) - lgamma(population - total + 1)

        def is_ruled_out(share: float) -> bool:
            return mixture + draws - _drawn(share * population, yes) - _drawn((1 - share) * population, no) >= limit

    middle = min(max(yes / total, low), high)
    return Interval(
        _boundary(middle, low, is_ruled_out) if yes else low, _boundary(middle, high, is_ruled_out) if no else high
    )


def win_rate_at_every_look(wins: int, losses: int, ties: int, *, confidence: float = CONFIDENCE) -> Interval | None:
    """The interval of (wins + ties / 2) / n; None if all are 0.

    Two gamblers bet against each win rate m, one that it is higher and one that it is lower, each with half the money. One
    stakes the share b of its wealth on every image, so that it grows by 1 + b (x - m) / m, the other by
    1 + b (m - x) / (1 - m); each plays all 25 values of b in parallel. m is ruled out if either's money reaches 1 / error. If m is
    true, neither game is better than fair, and Ville's inequality applies. Unlike `share_at_every_look` of wins and half
    the ties it gains from ties, which make a win rate less variable.

    Source: I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting, JRSS B 86 (2024), 1-27
    (arXiv:2010.09686), the hedged capital with the diversified Kelly bets of its appendix.

    Raises:
        ValueError: a count that is not a whole number of 0 or more.
    """
    check_confidence(confidence)
    for name, value in (("wins", wins), ("losses", losses), ("ties", ties)):
        check_count(name, value)
    if not wins + losses + ties:
        return None
    error = (1 - confidence) / 2
    low = _lowest_mean({1.0: wins, 0.5: ties, 0.0: losses}, error)
    high = 1 - _lowest_mean({1.0: losses, 0.5: ties, 0.0: wins}, error)
    return Interval(low, max(low, high))


def lowest_share_at_every_look(count: float, total: float, *, confidence: float = CONFIDENCE) -> float:
    """The lower end alone: the share of yes among endlessly many images is higher at every look, with this confidence.

    The first of the two gamblers of `win_rate_at_every_look`, with all the money; 0 if the total is 0. Count and total may be
    fractional, as for images that count as so many others.

    Raises:
        ValueError: a count that is not from 0 to the total.
    """
    check_confidence(confidence)
    _check_share(count, total, whole=False)
    return _lowest_mean({1.0: count, 0.0: max(total - count, 0.0)}, 1 - confidence)


def is_higher_at_every_look(count: float, total: float, share: float, *, confidence: float = CONFIDENCE) -> bool:
    """Whether `lowest_share_at_every_look` is above `share`; much faster.

    Raises:
        ValueError: as that, or a share that is not between 0 and 1.
    """
    check_confidence(confidence)
    _check_share(count, total, whole=False)
    if not (is_within(share, 0, 1) and 0 < share < 1):
        raise ValueError(f"expected a share between 0 and 1, found {shown(share)}")
    return _log_wealth(_growth(share), {1.0: count, 0.0: max(total - count, 0.0)}) >= log(1 / (1 - confidence))


def at_every_look(estimate: Estimate, *, confidence: float = CONFIDENCE) -> Interval | None:
    """The interval of an estimate that has only a standard error, from its interval of the same `confidence` for one look.

    Both sides are stretched by the factor that takes Student's quantile for n - 1 degrees of freedom to
    √((n - 1)(1 - k) / (k - r)), r = c / (n + c), k = (error² r)^(1/n): the boundary of the t statistic for a normal mixture of
    effect sizes with variance 1 / c. It is exact for normal values of unknown spread. For many images it is the asymptotic
    confidence sequence √((n + c) / n · (log((n + c) / c) + 2 log(1 / error))), which holds for any estimate with a standard error
    that shrinks with √n: weighted, clustered, corrected by PPI++. c makes it tightest at `BEST_AT` images.

    None if there is no interval; 0 to 1 if there are so few images that k is below r. A census keeps its interval.

    Sources: T. L. Lai, On confidence sequences, Annals of Statistics 4 (1976), 265-280; H. Wang and A. Ramdas, Anytime-valid
    t-tests and confidence sequences for Gaussian means with unknown variance, arXiv:2310.03722 (2023); asymptotics:
    I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Time-uniform central limit theory and asymptotic
    confidence sequences, Annals of Statistics 52 (2024), 2613-2640 (arXiv:2103.06476), with its tuning.
    """
    check_confidence(confidence)
    if estimate.value is None or estimate.interval is None:
        return None
    if estimate.is_exact:
        return estimate.interval
    reach = t_boundary(estimate.n, confidence=confidence)
    if reach == inf:
        return Interval(0.0, 1.0)
    from scipy.special import stdtrit

    factor = reach / float(stdtrit(estimate.n - 1, (1 + confidence) / 2))
    value, one_look = estimate.value, estimate.interval
    stretched = Interval(value - factor * (value - one_look.low), value + factor * (one_look.high - value))
    return stretched.within(0.0, 1.0)


def t_boundary(n: int, *, confidence: float = CONFIDENCE) -> float:
    """What a t statistic of n values stays below at every look; infinite for a few values. See `at_every_look`.

    Raises:
        ValueError: n is not a whole number of 0 or more.
    """
    check_confidence(confidence)
    check_count("n", n)
    if n < 2:
        return inf
    double = 2 * log(1 / (1 - confidence))
    prior = BEST_AT / (double + log(1 + double))
    log_r = log(prior / (n + prior))
    log_k = (log_r - double) / n
    if log_k <= log_r:
        return inf
    return sqrt((n - 1) * -expm1(log_k) / (exp(log_k) - exp(log_r)))


def _check_share(count: float, total: float, *, whole: bool = True) -> None:
    if not (is_count(total) if whole else is_within(total, 0, 2.0**53)):
        raise ValueError(
            f"expected the total to be {'a whole' if whole else 'a'} number of 0 or more, found {shown(total)}"
        )
    if not is_within(count, 0, total * (1 + 1e-9)):  # a sum of weights may exceed the total by rounding
        raise ValueError(f"expected a count from 0 to the total of {total:,}, found {shown(count)}")


def _lowest_mean(values: Mapping[float, float], error: float) -> float:
    """The mean that the wealth of a gambler on higher means rules out last; `values` counts each value."""
    limit = log(1 / error)
    mean = sum(value * count for value, count in values.items()) / (sum(values.values()) or 1)

    def is_ruled_out(share: float) -> bool:
        return _log_wealth(_growth(share), values) >= limit

    return _boundary(mean, 0.0, is_ruled_out) if mean else 0.0


@lru_cache(maxsize=64)
def _growth(share: float) -> tuple[Mapping[float, float], ...]:
    """For each bet on a mean above `share`, the logarithm by which a value of 0, 1/2 or 1 lets the wealth grow."""
    return tuple({value: log(1 - bet + bet * value / share) for value in (0.0, 0.5, 1.0)} for bet in BETS)


def _log_wealth(growth: Sequence[Mapping[float, float]], values: Mapping[float, float]) -> float:
    """The logarithm of the mean wealth of all bets."""
    logs = [sum(count * bet[value] for value, count in values.items()) for bet in growth]
    most = max(logs)
    return most + log(sum(exp(each - most) for each in logs) / len(BETS))


def _boundary(inside: float, outside: float, is_ruled_out: Callable[[float], bool]) -> float:
    """The last point from `inside` towards `outside` that is not ruled out; what is ruled out is so from there on."""
    if inside == outside:
        return inside
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if is_ruled_out(middle):
            outside = middle
        else:
            inside = middle
    return outside


def _power(base: float, exponent: float) -> float:
    """The logarithm of base^exponent; 0^0 is 1."""
    if not exponent:
        return 0.0
    return exponent * log(base) if base > 0 else -inf


def _drawn(available: float, drawn: float) -> float:
    """The logarithm of the number of ordered draws without replacement."""
    return lgamma(available + 1) - lgamma(max(available - drawn, 0.0) + 1)
