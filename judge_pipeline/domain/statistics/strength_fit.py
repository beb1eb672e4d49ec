"""The likelihood behind `bradley_terry`: when it has a maximum, and where."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Battles = Mapping[tuple[int, int], Sequence[int]]
"""For two contestants i < j: how often i won, they tied, j won."""

MOST_CELLS = 500_000
"""Contestants times pairs that met: the linear program and the fit hold several numbers for each."""


def why_not_fitted(contestants: int, battles: Battles) -> str | None:
    """Why no maximum likelihood estimate exists; None if it does.

    The likelihood has no maximum if some direction makes every battle's outcome only likelier; a linear program decides.
    Source: A. Albert and J. A. Anderson, On the existence of maximum likelihood estimates in logistic regression models,
    Biometrika 71 (1984), 1-10.
    """
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not battles:
        return "there are no battles"
    met = np.array(list(battles))
    graph = coo_array((np.ones(len(met)), (met[:, 0], met[:, 1])), shape=(contestants, contestants))
    if connected_components(graph, directed=False)[0] > 1:
        return "some contestants met neither each other nor through others, so their strengths do not compare"
    if contestants * len(battles) > MOST_CELLS:
        return f"{contestants:,} contestants in {len(battles):,} pairs are too many to fit: drop or group some"
    features, counts = _features(contestants, battles)
    gains = np.concatenate(
        [features[pair, outcome] - np.delete(features[pair], outcome, axis=0) for pair, outcome in np.argwhere(counts)]
    )
    best = linprog(-gains.sum(axis=0), A_ub=-gains, b_ub=np.zeros(len(gains)), bounds=(-1, 1))
    if -best.fun > 1e-6:
        return "a contestant, or a group, never lost to the others, or nothing but ties is left: no strengths are likeliest"
    return None


def fit_davidson(contestants: int, battles: Battles) -> tuple[tuple[float, ...], float, tuple[tuple[float, ...], ...]]:
    """Log strengths that sum to 0, nu, and the strengths' covariance, the inverse of the observed information."""
    import numpy as np
    from scipy.optimize import minimize

    features, counts = _features(contestants, battles)
    played = counts.sum(axis=1)

    def probabilities(parameters: "NDArray[np.float64]") -> "NDArray[np.float64]":
        scores = features @ parameters
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))

    def unlikelihood(parameters: "NDArray[np.float64]") -> float:
        return -float((counts * np.log(probabilities(parameters))).sum())

    def gradient(parameters: "NDArray[np.float64]") -> "NDArray[np.float64]":
        missing = counts - played[:, None] * probabilities(parameters)
        return np.asarray(-np.einsum("po,pok->k", missing, features))

    def information(parameters: "NDArray[np.float64]") -> "NDArray[np.float64]":
        shares = probabilities(parameters)
        means = np.einsum("po,pok->pk", shares, features)
        spread = np.einsum("p,po,pok,pol->kl", played, shares, features, features, optimize=True)
        return np.asarray(spread - np.einsum("p,pk,pl->kl", played, means, means, optimize=True))

    start = np.zeros(features.shape[2])
    found = minimize(unlikelihood, start, jac=gradient, hess=information, method="trust-exact", options={"gtol": 1e-8})
    has_ties = features.shape[1] == 3
    whole = np.vstack(
        [np.eye(contestants - 1), -np.ones(contestants - 1)]
    )  # the last strength is minus the others' sum
    strengths = whole @ found.x[: contestants - 1]
    inverse = np.linalg.inv(information(found.x))[: contestants - 1, : contestants - 1]
    covariance = whole @ inverse @ whole.T
    tie = float(np.exp(found.x[-1])) if has_ties else 0.0
    return tuple(map(float, strengths)), tie, tuple(tuple(map(float, row)) for row in covariance)


def _features(contestants: int, battles: Battles) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """For each pair that met and each outcome, the coefficients of the parameters (all strengths but one, then log nu).

    Apart from a term common to the pair, an outcome's log probability is half the winner's lead, or log nu. If no battle
    was tied, there are two outcomes and no nu.
    """
    import numpy as np

    has_ties = any(tied for _, tied, _ in battles.values())
    whole = np.vstack([np.eye(contestants - 1), -np.ones(contestants - 1)])
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
