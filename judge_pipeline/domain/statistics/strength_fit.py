"""The likelihood of Davidson's model: when it has a maximum, and where, for many sets of battles at once."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.arguments import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Battles = Mapping[tuple[int, int], Sequence[float]]
"""For two contestants i < j: how often i won, they tied, j won. Weighted battles need not be whole."""

MOST_CELLS = 500_000
"""Contestants times pairs that met: the linear program and the fit hold several numbers for each."""

MOST_NAMED = 8
"""Contestants and groups that a sentence lists."""

STEPS = 100
"""Newton steps; a dozen are enough, two dozen for strengths that only a ridge keeps finite."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`strengths` are logarithms that sum to 0, `log_nu` is that of the ties; a row for each set of battles.

    `information` is that of the strengths and log nu, with 1 added to each element between strengths, which fixes their sum.
    """

    strengths: "NDArray[np.float64]"
    log_nu: "NDArray[np.float64]"
    information: "NDArray[np.float64]"

    @property
    def covariance(self) -> "NDArray[np.float64]":
        """Of the first set's strengths: the inverse of the observed information."""
        import numpy as np

        contestants = self.strengths.shape[1]
        inverse = np.linalg.inv(self.information[0])[:contestants, :contestants]
        return np.asarray(inverse - 1 / contestants**2)

    @property
    def points(self) -> "NDArray[np.float64]":
        """`[set, i, j]`: the points that i may expect against j, 1 for a win and 1/2 for a tie."""
        import numpy as np

        leads = self.strengths[:, :, None] - self.strengths[:, None, :]
        won, tied, _ = _probabilities(leads, self.log_nu[:, None, None])
        return np.asarray(won + tied / 2)


def groups_that_met(contestants: int, battles: Battles) -> list[list[int]]:
    """The contestants in groups whose members met each other, directly or through others."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    met = np.array(list(battles), dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(met)), (met[:, 0], met[:, 1])), shape=(contestants, contestants))
    count, group = connected_components(graph, directed=False)
    return [np.flatnonzero(group == place).tolist() for place in range(count)]


def why_not_compared(names: Sequence[Hashable], battles: Battles, what: str = "battles") -> str | None:
    """Why the contestants do not compare: none of `what`, groups that never met, named, or too many; None if they do."""
    if not battles:
        return f"there are no {what}"
    groups = groups_that_met(len(names), battles)
    if len(groups) > 1:
        named = [f"({_listing([names[place] for place in group])})" for group in groups[:MOST_NAMED]]
        more = f" and {len(groups) - MOST_NAMED:,} more" if len(groups) > MOST_NAMED else ""
        return f"no {what} connect the groups {', '.join(named)}{more}, so their strengths do not compare"
    if len(names) * len(battles) > MOST_CELLS:
        return f"{len(names):,} contestants in {len(battles):,} pairs are too many to fit: drop or group some"
    return None


def why_unbounded(names: Sequence[Hashable], battles: Battles) -> str | None:
    """Why no maximum likelihood estimate exists although the contestants compare; None if it does.

    The likelihood has no maximum if some direction makes every battle's outcome only likelier; a linear program decides.
    Source: A. Albert and J. A. Anderson, On the existence of maximum likelihood estimates in logistic regression models,
    Biometrika 71 (1984), 1-10.
    """
    import numpy as np
    from scipy.optimize import linprog

    features, counts = _features(len(names), battles)
    gains = np.concatenate(
        [features[pair, outcome] - np.delete(features[pair], outcome, axis=0) for pair, outcome in np.argwhere(counts)]
    )
    best = linprog(-gains.sum(axis=0), A_ub=-gains, b_ub=np.zeros(len(gains)), bounds=(-1, 1))
    if -best.fun <= 1e-6:
        return None
    strengths = np.append(best.x[: len(names) - 1], -best.x[: len(names) - 1].sum())
    top = np.flatnonzero(strengths > strengths.max() - 1e-6).tolist()
    ahead = [won if i in top else lost for (i, j), (won, _, lost) in battles.items() if (i in top) != (j in top)]
    if not any(ahead):
        return "all battles that decide between them are ties, so no strengths are likeliest"
    rest = [name for place, name in enumerate(names) if place not in top]
    unbeaten = _listing([names[place] for place in top])
    return f"{unbeaten} never lost to {_listing(rest)}, so no strengths are likeliest"


def fit_davidson(
    contestants: int, pairs: Sequence[tuple[int, int]], counts: "NDArray[np.float64]", *, ridge: float = 0.0
) -> Fit:
    """The maximum likelihood strengths for each set of battles; `counts` is `[set, pair, (i won, tied, j won)]`.

    Without a tie in any set nu is 0. The likelihood is concave, so Newton's steps, halved while they lead downhill, find its
    maximum. A `ridge` subtracts ridge / 2 times the sum of squares: with a tiny one strengths that grow without bound stay finite
    while their win probabilities have almost reached their limits.
    """
    import numpy as np

    sets, has_ties = len(counts), bool((counts[:, :, 1] > 0).any())
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    places = np.arange(len(one))
    sides = np.zeros((len(one), contestants))
    sides[places, one], sides[places, other] = 1, -1
    width = contestants + has_ties
    played = counts.sum(axis=2)

    def expected(at: "NDArray[np.float64]") -> "NDArray[np.float64]":
        log_nu = at[:, contestants:] if has_ties else np.full((len(at), 1), -np.inf)
        return _probabilities(at[:, one] - at[:, other], log_nu)

    def likelihood(at: "NDArray[np.float64]") -> "NDArray[np.float64]":
        logs = np.log(np.maximum(np.moveaxis(expected(at), 0, 2), 1e-300))
        return np.asarray((counts * logs).sum(axis=(1, 2)) - ridge / 2 * (at**2).sum(axis=1))

    def slopes(at: "NDArray[np.float64]") -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
        won, tied, lost = expected(at)
        lead = (won - lost) / 2
        gradient = -ridge * at
        gradient[:, :contestants] += ((counts[:, :, 0] - counts[:, :, 2]) / 2 - played * lead) @ sides
        information = np.zeros((sets, width, width))
        spread = played * ((won + lost) / 4 - lead**2)
        information[:, one, other] = information[:, other, one] = -spread
        information[:, range(contestants), range(contestants)] = spread @ abs(sides)
        information[:, :contestants, :contestants] += 1
        if has_ties:
            gradient[:, -1] += (counts[:, :, 1] - played * tied).sum(axis=1)
            information[:, :-1, -1] = information[:, -1, :-1] = -(played * lead * tied) @ sides
            information[:, -1, -1] = (played * tied * (1 - tied)).sum(axis=1)
        information[:, range(width), range(width)] += ridge
        return gradient, information

    at = np.zeros((sets, width))
    height = likelihood(at)
    for _ in range(STEPS):
        gradient, information = slopes(at)
        # Far from the optimum the information may vanish; the addition changes the steps and not where they end.
        least = 1e-9 * np.eye(information.shape[-1])
        step = np.linalg.solve(information + least, gradient[:, :, None])[:, :, 0]
        step /= np.maximum(1, abs(step).max(axis=1, keepdims=True) / 2)
        for _ in range(30):
            is_lower = likelihood(at + step) < height - 1e-12 * abs(height)
            if not is_lower.any():
                break
            step[is_lower] /= 2
        at = at + step
        height = likelihood(at)
        if abs(step).max() < 1e-9:
            break
    log_nu = at[:, -1] if has_ties else np.full(sets, -np.inf)
    return Fit(at[:, :contestants], log_nu, slopes(at)[1])


def _probabilities(lead: "NDArray[np.float64]", log_nu: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Of a win, a tie and a loss with this lead: proportional to e^(lead/2), nu and e^(-lead/2)."""
    import numpy as np

    scores = np.stack([lead / 2, np.broadcast_to(log_nu, lead.shape), -lead / 2])
    grown = np.exp(scores - scores.max(axis=0))
    return np.asarray(grown / grown.sum(axis=0))


def _features(contestants: int, battles: Battles) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """For each pair that met and each outcome, the coefficients of the parameters (all strengths but one, then log nu).

    Apart from a term common to the pair, an outcome's log probability is half the winner's lead, or log nu. If no battle
    was tied, there are two outcomes and no nu.
    """
    import numpy as np

    has_ties = any(tied for _, tied, _ in battles.values())
    whole = np.vstack([np.eye(contestants - 1), -np.ones(contestants - 1)])  # the last is minus the others' sum
    features, counts = [], []  # small arrays: lists of numbers would take five times the memory
    for (i, j), (won, tied, lost) in battles.items():
        lead = (whole[i] - whole[j]) / 2
        if has_ties:
            none = np.zeros_like(lead)
            features.append(np.array([np.append(lead, 0.0), np.append(none, 1.0), np.append(-lead, 0.0)]))
            counts.append([won, tied, lost])
        else:
            features.append(np.array([lead, -lead]))
            counts.append([won, lost])
    return np.array(features), np.array(counts, dtype=np.float64)


def _listing(names: Sequence[Hashable]) -> str:
    found = [name if isinstance(name, str) and len(name) < 60 else shown(name) for name in names[:MOST_NAMED]]
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(found) + more
