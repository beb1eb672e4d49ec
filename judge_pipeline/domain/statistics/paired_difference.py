"""The difference of two shares on the same images: how much more often the second of two yes-or-no answers is yes."""

from math import sqrt

from judge_pipeline.domain.statistics.arguments import check_labels, listing
from judge_pipeline.domain.statistics.columns import Labels, Numbers
from judge_pipeline.domain.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    normal_quantile,
)
from judge_pipeline.domain.statistics.sampling_design import drawn_rows


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
    of Bonett and Price, with p = (b + 1)/(n + 2) and q = (c + 1)/(n + 2): p - q ± z √((p + q - (p - q)²)/(n + 2)). It has a
    width also where no answer differs.

    `probabilities` are the images' inclusion probabilities: shares are weighted by their inverse, and n becomes the
    effective number of images, (Σw)²/Σw². `clusters` are keys of images that belong together; all images of one cluster count
    as one, so the interval is too wide rather than too narrow. A project's size does not narrow it: the answers are
    compared for images to come as well. Rows with a missing value are left out.

    Sources: D. G. Bonett and R. M. Price, Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data, Journal of Educational and Behavioral Statistics 37 (2012), 479-488; effective number: L. Kish, Survey
    Sampling (1965), section 11.7.

    Raises:
        ValueError: a value that is neither true nor false, or as `drawn_rows`.
    """
    import numpy as np

    check_confidence(confidence)
    rows, design = drawn_rows(first, second, probabilities=probabilities, clusters=clusters)
    check_labels(rows)
    if strange := {value for row in rows for value in row} - {True, False}:
        raise ValueError(f"expected True, False or None in each row, found {listing(strange)}")
    if not rows:
        return Estimate.none(0, "no image has both answers")
    weights = design.weights if design.clusters is None else np.bincount(design.clusters, weights=design.weights)
    n = float(weights.sum()) ** 2 / float((weights**2).sum())
    gained = n * design.mean(np.array([float(other and not one) for one, other in rows]))
    lost = n * design.mean(np.array([float(one and not other) for one, other in rows]))
    p, q = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = normal_quantile(confidence) * sqrt((p + q - (p - q) ** 2) / (n + 2))
    interval = Interval(p - q - half, p - q + half).within(-1, 1)
    return Estimate((gained - lost) / n, interval, len(rows))
