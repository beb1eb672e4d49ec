"""Figures: numbers with the words that say what each means, how sure it is, and what would make it surer."""

from dataclasses import dataclass, field
from enum import StrEnum

from judge_pipeline.domain.statistics import Estimate, Interval, Share, labels_for_estimate

UNDEFINED = "undefined"


class Kind(StrEnum):
    """How a number is written."""

    SHARE = "share"
    COEFFICIENT = "coefficient"
    STEPS = "steps of a scale"
    P_VALUE = "p-value"


WANTED_HALF_WIDTH = {Kind.SHARE: 0.05, Kind.COEFFICIENT: 0.1, Kind.STEPS: 0.1}
"""To know a share to 5 points and a coefficient to 0.1 is enough for the decisions that hang on them."""

AXES = {Kind.SHARE: (0.0, 1.0), Kind.COEFFICIENT: (-1.0, 1.0)}
"""From where to where a number of this kind can be, where that is known."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number. `name` is its key in JSON; `means` says in a sentence what it tells; `undefined` why there is none.

    `units` is what would have to be more for it to be surer, such as "images with a person's choice".
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

    @property
    def shown(self) -> str:
        """The value as people read it."""
        return UNDEFINED if self.value is None else written(self.value, self.kind)

    def place(self, value: float) -> float | None:
        """Where a value lies on the axis of its kind, from 0 to 1; None where there is no axis."""
        if self.kind not in AXES:
            return None
        low, high = AXES[self.kind]
        return min(max((value - low) / (high - low), 0.0), 1.0)

    @property
    def how_sure(self) -> str:
        """The interval in words, or why there is none."""
        if self.value is None:
            return f"Undefined: {self.undefined}."
        count = f"{self.n:,} {self.units if self.n != 1 else self.units.replace('images', 'image', 1)}"
        if self.kind is Kind.P_VALUE:
            return f"From {count}."
        if self.interval is None:
            return f"From {count}; how sure it is, is undefined: {self.undefined}."
        low, high = (written(end, self.kind) for end in (self.interval.low, self.interval.high))
        return f"95% interval {low} to {high}, from {count}."

    @property
    def surer(self) -> str:
        """What would make the interval narrow enough, by the law that its width shrinks with the root of the number."""
        wanted = WANTED_HALF_WIDTH.get(self.kind)
        if self.interval is None or wanted is None:
            return ""
        more = labels_for_estimate(Estimate(self.value, self.interval, self.n), wanted).more
        to = "±5 points" if self.kind is Kind.SHARE else "±0.1"
        return f"About {rounded_up(more):,} more would make it sure to {to}." if more else f"Sure to {to}."


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts and numbers under `columns`; `name` is its key in JSON."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: what it is about in `lead`, its figures and tables, and what else must be said."""

    name: str
    title: str
    lead: str
    figures: tuple[Metric, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = field(default=())


def of_share(share: Share, name: str, title: str, means: str, *, units: str = "images") -> Metric:
    """A figure from a share."""
    return Metric(
        name, title, means, share.value, share.interval, share.total, Kind.SHARE, units, undefined=share.undefined
    )


def of_estimate(
    estimate: Estimate, name: str, title: str, means: str, *, kind: Kind = Kind.SHARE, units: str = "images"
) -> Metric:
    """A figure from an estimate."""
    return Metric(
        name, title, means, estimate.value, estimate.interval, estimate.n, kind, units, undefined=estimate.undefined
    )


def written(value: float, kind: Kind) -> str:
    """A number as people read it; a p-value below a thousandth is no 0."""
    if kind is Kind.SHARE:
        return f"{value:.0%}"
    if kind is Kind.P_VALUE and value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if kind is Kind.P_VALUE else f"{value:.2f}"


def rounded_up(count: int) -> int:
    """To two digits: more would claim to know it."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return -(-count // step) * step


def told(share: Share) -> str:
    """A share with its count and interval on one line."""
    if share.value is None or share.interval is None:
        return UNDEFINED
    return f"{share.count} of {share.total}, {share.value:.0%} ({share.interval.low:.0%} to {share.interval.high:.0%})"
