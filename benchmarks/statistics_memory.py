"""Peak memory and time of each statistical function over a million rows: `python -m benchmarks.statistics_memory`.

Each function runs in a process of its own; the memory is what it takes with its columns, above the libraries.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import scipy.stats  # noqa: F401  # counted among the libraries
import statsmodels.stats.inter_rater  # noqa: F401

from judge_pipeline.domain import statistics

ROWS = 1_000_000


def columns(count: int, draw: Callable[[np.random.Generator], Any]) -> list[list[Any]]:
    """So many columns, drawn one after the other."""
    generator = np.random.default_rng(0)
    return [draw(generator).tolist() for _ in range(count)]


def calls(rows: int) -> dict[str, Callable[[], Any]]:
    """Every function that takes columns, over labels, grades of 1 to 5, or real numbers."""

    def labels(count: int) -> list[list[Any]]:
        names = np.array(["first", "second", "tie"], dtype=object)
        return columns(count, lambda draw: names[draw.integers(0, 3, rows)])

    def grades(count: int) -> list[list[Any]]:
        return columns(count, lambda draw: draw.integers(1, 6, rows))

    def reals(count: int) -> list[list[Any]]:
        return columns(count, lambda draw: draw.random(rows))

    def yes(count: int) -> list[list[Any]]:
        return columns(count, lambda draw: draw.random(rows) < 0.3)

    def contestants() -> list[list[Any]]:
        first, second = columns(2, lambda draw: draw.integers(0, 5, rows))
        return [first, [each + 5 for each in second]]

    of = statistics
    return {
        "win_rates": lambda: of.win_rates(*labels(1)),
        "raw_agreement": lambda: of.raw_agreement(*labels(2)),
        "confusion": lambda: of.confusion(*labels(2)),
        "cohen_kappa": lambda: of.cohen_kappa(*labels(2)),
        "cohen_kappa, real numbers": lambda: of.cohen_kappa(*reals(2), weights="quadratic"),
        "labels_for_kappa": lambda: partial(of.labels_for_kappa, half_width=0.01)(*labels(2)),
        "gwet_ac1, three raters": lambda: of.gwet_ac1(*labels(3)),
        "gwet_ac2": lambda: of.gwet_ac2(*grades(2), weights="linear"),
        "gwet_ac1, real numbers": lambda: of.gwet_ac1(*reals(2)),
        "krippendorff_alpha, three raters": lambda: of.krippendorff_alpha(*labels(3)),
        "krippendorff_alpha, ordinal": lambda: of.krippendorff_alpha(*grades(2), level="ordinal"),
        "krippendorff_alpha, real numbers, 20 resamples": lambda: of.krippendorff_alpha(
            *reals(2), level="interval", resamples=20
        ),
        "bootstrap, percentile, 100 resamples": lambda: of.bootstrap(
            np.mean, *reals(1), method="percentile", resamples=100
        ),
        "bootstrap, BCa": lambda: of.bootstrap(np.mean, *reals(1)),
        "sign_test": lambda: of.sign_test(*grades(2)),
        "wilcoxon_signed_rank": lambda: of.wilcoxon_signed_rank(*grades(2)),
        "paired_t_test": lambda: of.paired_t_test(*grades(2)),
        "mean_difference": lambda: of.mean_difference(*grades(2)),
        "ppi_mean": lambda: of.ppi_mean(*reals(3)),
        "ppi_win_rate": lambda: of.ppi_win_rate(*labels(2)),
        "graded_predictions": lambda: of.graded_predictions(*labels(2), *reals(1)),
        "drawing_weights": lambda: of.drawing_weights(labels(1)[0], labels(1)[0], [0.5] * ROWS),
        "bradley_terry, ten contestants": lambda: of.bradley_terry(*contestants(), *labels(1)),
        "ranking, ten contestants": lambda: of.ranking(*contestants(), *labels(2)),
        "ranking, ten contestants, 200,000 images, 100 resamples": lambda: of.ranking(
            *contestants(),
            *labels(2),
            images=columns(1, lambda draw: draw.integers(0, rows // 5, rows))[0],
            resamples=100,
        ),
        "agreement_by_gap, five gaps": lambda: of.agreement_by_gap(*labels(2), *grades(1)),
        "agreement_by_gap, a million gaps": lambda: of.agreement_by_gap(*labels(2), *reals(1)),
        "auto_accept, a million gaps": lambda: of.auto_accept(*labels(1) * 2, *reals(1)),
        "choice_consistency": lambda: of.choice_consistency(*labels(1), *grades(2)),
        "self_consistency": lambda: of.self_consistency(*labels(1), *grades(2)),
        "controlled_win_rate, two differences": lambda: of.controlled_win_rate(
            labels(1)[0], {"length": of.length_differences(*grades(2)), "list items": of.count_differences(*grades(2))}
        ),
        "alt_test, three reviewers": lambda: of.alt_test(labels(1)[0], list(zip(*labels(3), strict=True))),
        "human_agreement, three reviewers": lambda: of.human_agreement(list(zip(*labels(3), strict=True))),
        "reviewer_agreement, three reviewers": lambda: of.reviewer_agreement(
            labels(1)[0], list(zip(*labels(3), strict=True))
        ),
        "longer_preferred": lambda: of.longer_preferred(*labels(1), *grades(2)),
        "mcnemar": lambda: of.mcnemar(*yes(2)),
        "two_orders": lambda: of.two_orders(*labels(2)),
        "two_order_accuracy": lambda: of.two_order_accuracy(*labels(3)),
    }


def peak_mb() -> float:
    """The most memory that this process has held so far."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 if sys.platform != "darwin" else 1024**2)


def measure(name: str) -> dict[str, float]:
    """Memory in MB with the columns, without the libraries, and seconds."""
    before, start = peak_mb(), perf_counter()
    calls(ROWS)[name]()
    return {"mb": peak_mb() - before, "seconds": perf_counter() - start}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        print("| function | MB | seconds |\n|---|---|---|")
        for name in calls(1):
            command = [sys.executable, "-m", "benchmarks.statistics_memory", name]
            found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            function, _, what = name.partition(", ")
            shown = f"`{function}`" + (f", {what}" if what else "")
            print(f"| {shown} | {found['mb']:.0f} | {found['seconds']:.1f} |", flush=True)
