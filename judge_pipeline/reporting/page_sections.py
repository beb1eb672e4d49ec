"""What the page shows of the sections: the numbers that exist, and, once for each reason, those that do not."""

from collections.abc import Iterable
from dataclasses import dataclass

from judge_pipeline.domain.statistics import Verdict
from judge_pipeline.reporting.metric import Metric, Section, Table
from judge_pipeline.reporting.people_sample import NO_CHOICES, NOT_DRAWN
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.win_rates import LABELLED

NO_JUDGEMENTS = "no image is judged yet"


@dataclass(frozen=True, slots=True)
class PageSection:
    """A section with its defined metrics and its tables that hold anything; `undefined` counts the metrics left out."""

    section: Section
    metrics: tuple[Metric, ...]
    tables: tuple[Table, ...]
    undefined: int


@dataclass(frozen=True, slots=True)
class UndefinedMetrics:
    """The metrics of all sections that are undefined for the same reason."""

    reason: str
    metrics: tuple[Metric, ...]


def page_sections(report: Report) -> tuple[PageSection, ...]:
    """The sections that have anything to show; one without a number is left out with its notes."""
    return tuple(
        PageSection(section, metrics, tables, len(section.metrics) - len(metrics))
        for section in report.sections
        for metrics in [tuple(metric for metric in section.metrics if metric.value is not None)]
        for tables in [tuple(table for table in section.tables if _has_content(table))]
        if metrics or tables
    )


def undefined_metrics(report: Report) -> tuple[UndefinedMetrics, ...]:
    """All metrics without a value by reason, the most frequent reason first."""
    found: dict[str, list[Metric]] = {}
    for metric in (metric for section in report.sections for metric in section.metrics if metric.value is None):
        reason = _reason(metric, report)
        found.setdefault(reason, []).append(metric)
    groups = [UndefinedMetrics(reason, tuple(metrics)) for reason, metrics in found.items()]
    return tuple(sorted(groups, key=lambda group: -len(group.metrics)))


def _reason(metric: Metric, report: Report) -> str:
    if metric.units.startswith(LABELLED) and not report.opinions.sampled.outcomes:
        has_choices = any(verdict is not Verdict.MISSING for verdict in report.opinions.people)
        return NOT_DRAWN if has_choices else NO_CHOICES
    if metric.n:
        return metric.undefined or "it cannot be computed"
    return f"there are no {metric.units}" if report.judgements else NO_JUDGEMENTS


def _has_content(table: Table) -> bool:
    """Whether a table has rows, and not only zeros for numbers."""
    numbers = list(_numbers(table))
    return bool(table.rows) and (not numbers or any(numbers))


def _numbers(table: Table) -> Iterable[float]:
    return (value for row in table.rows for value in row if isinstance(value, int | float))
