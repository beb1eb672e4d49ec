"""The report as one HTML file: no script, no server, nothing loaded from elsewhere."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible
from judge_pipeline.reporting.headline import cautions, headline
from judge_pipeline.reporting.numbers import JUDGE, Report

UNDEFINED = "undefined"
UNKNOWN = "unknown"

TROUBLE_FIRST = (State.FAILED, State.NOT_JUDGED, State.NOT_AVAILABLE, State.UNDECIDED, State.DECIDED)


def render_page(
    report: Report,
    *,
    project_title: str,
    generated_at: datetime,
    thumbnails: Mapping[Tag, str],
) -> str:
    """The page, whole; `generated_at` has a time zone, `thumbnails` are data URIs and may lack some tags.

    Text from images, models and servers is escaped, and its invisible characters are written out.
    """
    by_state: dict[State, list[Outcome]] = {state: [] for state in TROUBLE_FIRST}
    for outcome in report.outcomes:
        by_state[outcome.state].append(outcome)
    return (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            headline=headline(report),
            cautions=cautions(report),
            project_title=project_title,
            generated_at=f"{generated_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            thumbnails={tag: Markup.escape(uri) for tag, uri in thumbnails.items()},
            by_state=by_state,
            captioners=tuple(Captioner),
            judge=JUDGE,
            states=State,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("judge_pipeline.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {"percent": _percent, "amount": _amount, "dollars": _dollars, "ordinal_mean": _ordinal_mean}
    return environment


def _shown(value: object) -> object:
    """Every text that is written into the page passes here before it is escaped; what is escaped already is markup."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _percent(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.0%}"


def _amount(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _dollars(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"


def _ordinal_mean(mean_position: float | None) -> str:
    """People count options from 1."""
    return UNDEFINED if mean_position is None else f"{mean_position + 1:.2f}"
