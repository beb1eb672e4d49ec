"""Metrics: numbers with a sentence on what each means, its interval, and how many more images would narrow it."""

import math
from dataclasses import dataclass
from enum import StrEnum

from judge_pipeline.domain.statistics import Estimate, Interval, Share, labels_for_estimate

UNDEFINED = "undefined"


class Kind(StrEnum):
    """How a number is written."""

    SHARE = "share"
    COEFFICIENT = "coefficient"
    STEPS = "steps of a scale"
    P_VALUE = "p-value"


TARGET_HALF_WIDTH = {Kind.SHARE: 0.05, Kind.COEFFICIENT: 0.1, Kind.STEPS: 0.1}
"""A share to within 5 points and a coefficient to within 0.1 is enough for the decisions that depend on them."""

AXES = {Kind.SHARE: (0.0, 1.0), Kind.COEFFICIENT: (-1.0, 1.0)}
"""The range of each kind that has one."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number. `name` is its key in JSON, `means` a sentence on what it says, `undefined` why there is no value.

    `interval` is for one look; `every_look`, if there is one, holds however often people look. `units` is what `n` counts, such as
    "images with a person's choice"; `population` how many images it speaks for, if they are counted.
    """

    name: str
    title: str
    means: str
    value: float | None
    interval: Interval | None = None
    n: int = 0
    kind: Kind = Kind.SHARE
    units: str = "images"
    undefined: str | None = None
    population: int | None = None
    every_look: Interval | None = None

    @property
    def formatted(self) -> str:
        """The value for readers."""
        return UNDEFINED if self.value is None else format_number(self.value, self.kind)

    def axis_position(self, value: float) -> float | None:
        """Where a value lies on the axis of its kind, from 0 to 1; None without an axis."""
        if self.kind not in AXES:
            return None
        low, high = AXES[self.kind]
        return min(max((value - low) / (high - low), 0.0), 1.0)

    @property
    def precision(self) -> str:
        """The interval in words, or why there is none."""
        if self.value is None:
            return f"Undefined: {self.undefined}."
        count = f"{self.n:,} {self.units if self.n != 1 else self.units.replace('images', 'image', 1)}"
        if self.kind is Kind.P_VALUE:
            return f"From {count}."
        if self.interval is None:
            return f"From {count}; no interval: {(self.undefined or '').removeprefix('the interval: ')}."
        if self.is_exact:
            return f"Exact, from {count}: there are no others."
        looks = f" for one look, {percentages(self.every_look)} at every look" if self.every_look else ""
        return f"{confidence_interval(self.interval, self.kind)}{looks}, from {count}."

    @property
    def is_exact(self) -> bool:
        """Whether every image is in the sample, so that the interval has no width."""
        return self.interval is not None and self.interval.width == 0

    @property
    def sample_size_advice(self) -> str:
        """How many more units would make the interval narrow enough.

        Its width shrinks with the root of their number, and in a population of N with that of 1/n - 1/N.
        """
        target = TARGET_HALF_WIDTH.get(self.kind)
        if self.interval is None or target is None or self.is_exact:
            return ""
        more = labels_for_estimate(Estimate(self.value, self.interval, self.n), target).more
        if more and self.population is not None and self.n < self.population:
            more = math.ceil((self.n + more) / (1 + more / self.population) - self.n)
        to = "±5 points" if self.kind is Kind.SHARE else "±0.1"
        return f"About {round_up(more):,} more would narrow it to {to}." if more else f"Known to within {to}."


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts and numbers under `columns`; `name` is its key in JSON."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: an introduction, metrics, tables, and notes on how to read them."""

    name: str
    title: str
    lead: str
    metrics: tuple[Metric, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def share_metric(share: Share, name: str, title: str, means: str, *, units: str = "images") -> Metric:
    """A metric from a share."""
    return Metric(
        name, title, means, share.value, share.interval, share.total, Kind.SHARE, units, undefined=share.undefined
    )


def estimate_metric(
    estimate: Estimate, name: str, title: str, means: str, *, kind: Kind = Kind.SHARE, units: str = "images"
) -> Metric:
    """A metric from an estimate."""
    return Metric(
        name, title, means, estimate.value, estimate.interval, estimate.n, kind, units, undefined=estimate.undefined
    )


def format_number(value: float, kind: Kind) -> str:
    """A number for readers; a p-value below a thousandth is not shown as 0."""
    if kind is Kind.SHARE:
        return f"{value:.0%}"
    if kind is Kind.P_VALUE and value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if kind is Kind.P_VALUE else f"{value:.2f}"


def confidence_interval(interval: Interval, kind: Kind = Kind.SHARE) -> str:
    """Such as "95% CI 41–78%", or "95% CI -0.10 to 0.62": a dash next to a minus sign is hard to read."""
    if kind is Kind.SHARE:
        return f"95% CI {percentages(interval)}"
    return f"95% CI {format_number(interval.low, kind)} to {format_number(interval.high, kind)}"


def percentages(interval: Interval) -> str:
    """Such as "41–78%"."""
    return f"{interval.low * 100:.0f}–{interval.high:.0%}"


def format_share(share: Share, of: str = "") -> str:
    """A share with its count and interval, such as "14 of 23, 61% (95% CI 41–78%)"; `of` says what is counted.

    If images were drawn with different probabilities, the share of all images is not that of the count, and is called weighted.
    """
    if share.value is None or share.interval is None:
        return UNDEFINED
    total = f"{share.total} {of}" if of else f"{share.total}"
    weighted = "" if abs(share.value - share.count / share.total) < 1e-9 else "weighted "
    interval = confidence_interval(share.interval) if share.interval.width else "exact"
    return f"{share.count} of {total}, {weighted}{share.value:.0%} ({interval})"


def round_up(count: int) -> int:
    """To two digits: more would claim a precision that the estimate does not have."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return -(-count // step) * step
