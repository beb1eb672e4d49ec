"""Measuring and formatting times."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def repeated(call: Callable[[], object]) -> list[float]:
    return [timed(call)[0] for _ in range(5)]


def spread(seconds: Sequence[float]) -> str:
    """A single time, or the minimum (least disturbed by other processes), median and maximum of several."""
    if len(seconds) == 1:
        return f"{seconds[0]:.2f} s"
    return f"{min(seconds):.2f} s at best, median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s"


def percentiles(milliseconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"median {cuts[49]:.1f} ms, 95 % within {cuts[94]:.1f} ms, 99 % within {cuts[98]:.1f} ms"


def row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)
