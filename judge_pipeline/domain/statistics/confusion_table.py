"""The confusion table of two raters: how often each pair of labels occurs."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from judge_pipeline.domain.statistics.arguments import check_labels, too_many_labels
from judge_pipeline.domain.statistics.columns import Labels, Numbers, are_equal, ordered_categories, paired_labels
from judge_pipeline.domain.statistics.estimate import CONFIDENCE
from judge_pipeline.domain.statistics.sampled_mean import share_estimate
from judge_pipeline.domain.statistics.sampling_design import drawn_rows
from judge_pipeline.domain.statistics.share import Share


@dataclass(frozen=True, slots=True)
class Confusion:
    """`counts[i][j]` images are `categories[i]` to the first rater and `categories[j]` to the second."""

    categories: tuple[Hashable, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        """The number of images that both raters labelled."""
        return sum(map(sum, self.counts))

    @property
    def agreements(self) -> int:
        """The number of images with equal labels."""
        return sum(row[position] for position, row in enumerate(self.counts))

    @property
    def first_totals(self) -> tuple[int, ...]:
        """How often the first rater used each category."""
        return tuple(map(sum, self.counts))

    @property
    def second_totals(self) -> tuple[int, ...]:
        """How often the second rater used each category."""
        return tuple(map(sum, zip(*self.counts, strict=True)))


def confusion(first: Labels, second: Labels, *, categories: Sequence[Hashable] | None = None) -> Confusion:
    """The table over the images that both raters labelled, with the labels found, or `categories` in their order.

    Raises:
        ValueError: columns of different lengths, a label that is not among `categories`, or more than 1,000 labels.
    """
    found, names = label_pairs(first, second, categories)
    if why := too_many_labels(names):
        raise ValueError(why)
    return table_of(found, names)


def label_pairs(
    first: Labels, second: Labels, categories: Sequence[Hashable] | None
) -> tuple[Counter[tuple[Any, ...]], tuple[Hashable, ...]]:
    """How often each pair of labels occurs, and the categories in order."""
    found = Counter(paired_labels(first, second))
    return found, ordered_categories((label for row in found for label in row), categories)


def table_of(found: Counter[tuple[Any, ...]], names: tuple[Hashable, ...]) -> Confusion:
    """The square table of `label_pairs`."""
    return Confusion(names, tuple(tuple(found[one, other] for other in names) for one in names))


def raw_agreement(
    first: Labels,
    second: Labels,
    *,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Share:
    """The share of equal labels among the images that both raters labelled, with Wilson's interval.

    It ignores chance: two raters who both label nine of ten images "A" agree on 82% without looking. With `probabilities`, a
    `population` or `clusters` it is an estimate for all images, see `sampled_share`.

    Raises:
        ValueError: columns of different lengths, a label that is a list or an array, or as `drawn_rows`.
    """
    if probabilities is None and population is None and clusters is None:
        rows, design = paired_labels(first, second), None
    else:
        rows, design = drawn_rows(first, second, probabilities=probabilities, population=population, clusters=clusters)
        check_labels(rows)
    equal = [are_equal(one, other) for one, other in rows]
    weighted = share_estimate(equal, design, confidence) if design and rows else None
    return Share(sum(equal), len(rows), confidence, weighted)
