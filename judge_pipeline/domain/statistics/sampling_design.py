"""How images were drawn: inclusion probabilities, a finite project, clusters, and the variance of a mean that follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_count, check_labels, is_within, shown
from judge_pipeline.domain.statistics.columns import is_missing, rows_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRIOR = 1.0
"""The variance of four tossed coins."""


@dataclass(frozen=True, slots=True)
class Design:
    """n drawn images. `weights` are 1 / π over their mean; `unseen` is √(1 - π): 0 in a census, 1 in an endless population.

    `clusters` numbers the images of one scene alike, None if each image is its own.
    """

    weights: "NDArray[np.float64]"
    unseen: "NDArray[np.float64]"
    clusters: "NDArray[np.int64] | None" = None

    @classmethod
    def plain(cls, n: int) -> "Design":
        """Images of an endless population, drawn with equal probabilities."""
        import numpy as np

        return cls(np.ones(n), np.ones(n))

    def where(self, selected: "NDArray[np.bool_]") -> "Design":
        """The selected images, as a sample of all images of their kind."""
        import numpy as np

        weights = self.weights[selected]
        clusters = None if self.clusters is None else np.unique(self.clusters[selected], return_inverse=True)[1]
        return Design(weights / weights.mean() if len(weights) else weights, self.unseen[selected], clusters)

    @property
    def n(self) -> int:
        """Images."""
        return len(self.weights)

    @property
    def units(self) -> int:
        """Clusters, or images without clusters."""
        return self.n if self.clusters is None or not self.n else int(self.clusters.max()) + 1

    @property
    def is_census(self) -> bool:
        """Whether every image of the project is in the sample, so that there is nothing to estimate."""
        return self.n > 0 and not self.unseen.any()

    @property
    def no_spread(self) -> str | None:
        """Why these images have no variance, whatever their values; None if they have one."""
        if self.is_census or self.units > 1:
            return None
        return "one image has no spread" if self.n < 2 else "all images are of one cluster"

    @property
    def freedom(self) -> float:
        """Degrees of freedom of `variance`: clusters less one, fewer if a few of them carry most of it, never below 1.

        (Σq)² / Σq² - 1 with q = Σ (1 - π) w² over a cluster: Satterthwaite's for residuals of one variance.
        """
        q = self._sums((self.unseen * self.weights) ** 2)
        total = float((q**2).sum())
        return max(1.0, float(q.sum()) ** 2 / total - 1) if total else 1.0

    def mean(self, values: "NDArray[np.float64]") -> float:
        """Hájek's mean Σ(y / π) / Σ(1 / π); the plain one for equal probabilities."""
        return float((self.weights * values).mean())

    def variance(self, influences: "NDArray[np.float64]") -> float:
        """Of an estimate that moves by `weights[i] * influences[i] / n` with image i; a mean's influences are its residuals.

        G / (G - 1) Σ_c (Σ_{i in c} √(1 - π) w e / n)² over the G clusters. It needs two of them, see `no_spread`.
        """
        return self.units / (self.units - 1) * self._squares(influences) if self.units > 1 else 0.0

    def effective_size(self, influences: "NDArray[np.float64]", confidence: float) -> float:
        """How many independent images, drawn alike from an endless population, would have this variance; at most 1e12.

        n for equal, small probabilities without clusters. A few images may show too little variance by chance, so the variance
        of `PRIOR` is added to that of their sum, as if the influences had no relation to the weights and half of their variance
        was common to a cluster (one-sided shares of 50 stratified images: 93% coverage instead of 90%). If the influences are all
        0, as for a share of 0 or 1, or there is one cluster only, the images of a cluster are taken to be alike.
        """
        from scipy.special import stdtrit

        if self.is_census:
            return 1e12
        own = self.unseen * self.weights / self.n
        alike, apart = float((self._sums(own) ** 2).sum()), float((own**2).sum())
        alone = self.mean(influences**2)
        if self.units < 2 or alone <= 1e-20:
            size = 1 / alike
        else:
            squares = self._squares(influences) * (1 - 1 / self.n) / (1 - 1 / self.units)
            size = (alone * self.n + PRIOR) / (squares * self.n + PRIOR * (alike + apart) / 2)
        level = (1 + confidence) / 2
        ratio = float(stdtrit(max(self.n - 1, 1), level) / stdtrit(self.freedom, level))
        return min(size, 1e12) * ratio**2

    def _sums(self, values: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """The sum over each cluster; the values themselves without clusters."""
        import numpy as np

        return values if self.clusters is None else np.bincount(self.clusters, weights=values).astype(np.float64)

    def _squares(self, influences: "NDArray[np.float64]") -> float:
        return float((self._sums(self.unseen * self.weights * influences / self.n) ** 2).sum())


def drawn_rows(
    *columns: Iterable[Any],
    probabilities: Iterable[Any] | None = None,
    population: int | None = None,
    clusters: Iterable[Any] | None = None,
) -> tuple[list[tuple[Any, ...]], Design]:
    """The rows without a missing value or probability, and how they were drawn.

    Without probabilities each row of n has n / `population`; without a population either, it is one of endlessly many. If the
    rows are the whole population, they are a census, whatever the probabilities. A row without a cluster is its own.

    Raises:
        ValueError: columns of different lengths, a probability that is not above 0 and up to 1, a population smaller than
            the sample, or a cluster that is a list.
    """
    extra = [column for column in (probabilities, clusters) if column is not None]
    needed = len(columns) + (probabilities is not None)
    rows = [row for row in rows_of(*columns, *extra) if not any(map(is_missing, row[:needed]))]
    design = _design(
        len(rows),
        [row[len(columns)] for row in rows] if probabilities is not None else None,
        population,
        [row[-1] for row in rows] if clusters is not None else None,
    )
    return [row[: len(columns)] for row in rows], design


def _design(n: int, given: Sequence[Any] | None, population: int | None, keys: Sequence[Any] | None) -> Design:
    import numpy as np

    if population is not None:
        check_count("the population", population, least=n)
    if given is None:
        weights, probabilities = np.ones(n), np.full(n, n / population if population else 0.0)
    else:
        if strange := [each for each in given if not (is_within(each, 0, 1) and each > 0)]:
            raise ValueError(f"expected inclusion probabilities above 0 and up to 1, found {shown(strange[0])}")
        probabilities = np.array(given, dtype=np.float64)
        weights = 1 / np.maximum(probabilities, 1e-12)
        weights /= weights.mean() if n else 1.0
    if population == n:
        weights, probabilities = np.ones(n), np.ones(n)
    elif population and n and probabilities.min() == 1:
        # The others had smaller probabilities, and by chance none of them is here.
        probabilities = np.full(n, n / population)
    return Design(weights, np.sqrt(1 - probabilities), None if keys is None else _codes(keys))


def _codes(keys: Sequence[Any]) -> "NDArray[np.int64]":
    import numpy as np

    check_labels([keys])
    codes: dict[Any, int] = {}
    names = [object() if is_missing(key) else key for key in keys]
    return np.array([codes.setdefault(name, len(codes)) for name in names], dtype=np.int64)
