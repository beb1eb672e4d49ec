"""The difference of two shares on the same images: how much more often the second of two yes-or-no answers is yes."""

from collections import defaultdict
from collections.abc import Hashable
from math import fsum, sqrt
from typing import Any

from judge_pipeline.domain.statistics.arguments import is_within, listing, shown
from judge_pipeline.domain.statistics.columns import Labels, Numbers, paired_labels, values_of
from judge_pipeline.domain.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    normal_quantile,
)


def share_difference(
    first: Labels,
    second: Labels,
    *,
    probabilities: Numbers | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """The share of yes in `second` minus that in `first`, two boolean columns with one row per image.

    With b images that only the second answers with yes, c that only the first does, and n in all: value (b - c)/n; interval
    of Bonett and Price, with p = (b + 1)/(n + 2) and q = (c + 1)/(n + 2): p - q ± z √((p + q - (p - q)²)/(n + 2)). It is
    honest at small n: with no image changed of n it has a width, not none.

    `probabilities` are the images' inclusion probabilities: shares are weighted by their inverse, and n becomes the
    effective number of images, (Σw)²/Σw². `clusters` are keys of images that belong together; all images of one cluster count
    as one, so the interval is too wide rather than too narrow. A population's size does not narrow it: the answers are
    compared for images to come as well. Rows with a missing value are left out.

    Sources: D. G. Bonett and R. M. Price, Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data, Journal of Educational and Behavioral Statistics 37 (2012), 479-488; effective number: L. Kish, Survey
    Sampling (1965), section 11.7.

    Raises:
        ValueError: columns of different lengths, a value that is neither true nor false, or a probability not above 0 and up to 1.
    """
    check_confidence(confidence)
    answers = values_of(first)
    weights = [1.0] * len(answers) if probabilities is None else [_weight(each) for each in values_of(probabilities)]
    keys: list[Any] = list(range(len(answers))) if clusters is None else values_of(clusters)
    rows = paired_labels(answers, second, weights, keys)
    if strange := {value for row in rows for value in row[:2]} - {True, False}:
        raise ValueError(f"expected True, False or None in each row, found {listing(strange)}")
    if not rows:
        return Estimate.none(0, "no image has both answers")
    total = fsum(weight for _, _, weight, _ in rows)
    by_cluster: dict[Hashable, float] = defaultdict(float)
    for _, _, weight, key in rows:
        by_cluster[key] += weight
    n = total**2 / fsum(weight**2 for weight in by_cluster.values())
    gained = n * fsum(weight for one, other, weight, _ in rows if other and not one) / total
    lost = n * fsum(weight for one, other, weight, _ in rows if one and not other) / total
    p, q = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = normal_quantile(confidence) * sqrt((p + q - (p - q) ** 2) / (n + 2))
    interval = Interval(p - q - half, p - q + half).within(-1, 1)
    return Estimate((gained - lost) / n, interval, len(rows))


def _weight(probability: Any) -> float | None:
    if probability is None:
        return None
    if not (is_within(probability, 0, 1) and probability > 1e-12):  # noqa: PLR2004
        raise ValueError(f"expected inclusion probabilities above 0 and up to 1, found {shown(probability)}")
    return 1 / float(probability)
