"""The report as one HTML file: no server, nothing loaded from elsewhere, and no script except the table's."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import State
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible
from judge_pipeline.reporting.attention import FAILURES
from judge_pipeline.reporting.failure_reasons import failure_details, failure_groups
from judge_pipeline.reporting.headline import agreement_sentence, cautions, headline, next_steps
from judge_pipeline.reporting.opinions import FIRST
from judge_pipeline.reporting.page_sections import page_sections, undefined_metrics
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.table_rows import GROUPS, MOST_ROWS, in_script, listed_outcomes, table_rows


def load_for_page() -> None:
    """Compiles the templates and imports what most intervals need: a command does so while it waits for Encord."""
    import scipy.special  # noqa: F401

    for template in _environment().list_templates(extensions=["html", "svg"]):
        _environment().get_template(template)


def render_page(
    report: Report,
    *,
    project_title: str,
    generated_at: datetime,
    thumbnails: Mapping[Tag, str],
    editor_url: str = "",
    data_hashes: Mapping[Tag, str] = MappingProxyType({}),
    most_rows: int = MOST_ROWS,
) -> Iterator[str]:
    """The whole page in pieces, since that of 10,000 images is long. `generated_at` has a time zone.

    `thumbnails` are data URIs and may lack some tags.
    `editor_url` is the label editor's address of an image, up to its data hash; without it the page has no such links.
    `data_hashes` are of images that could not be read: those of the others are known.
    The table lists `most_rows` images or as many as fit; the numbers are about all.
    Text from images, models and servers is escaped, and its invisible characters are written out.
    """
    script = _script()
    listed = listed_outcomes(report.outcomes, most=most_rows)
    linked = (*listed, *(outcome for outcome in report.outcomes if outcome.failures))
    hashes = {**data_hashes, **{each.tag: each.image.data_hash for each in linked if each.image}}
    rows = table_rows(listed, thumbnails, hashes)
    others = {"groups": GROUPS, "captioners": [captioner.value for captioner in Captioner], "editor": editor_url}
    return (
        _environment()
        .get_template("page.html")
        .generate(
            report=report,
            headline=headline(report),
            agreement=agreement_sentence(report),
            cautions=cautions(report),
            next_steps=next_steps(report),
            telling=report.telling,
            thumbnails={tag: uri for tag, uri in thumbnails.items() if uri.startswith("data:image/")},
            editor_links=_editor_links(editor_url, hashes),
            sections=page_sections(report),
            undefined=undefined_metrics(report),
            failure_groups=failure_groups(report.outcomes),
            failure_details=failure_details,
            failures_table=FAILURES,
            images=len(report.outcomes),
            listed=len(rows),
            project_title=project_title,
            generated_at=f"{generated_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            captioners=tuple(Captioner),
            first=FIRST,
            states=State,
            script=Markup(script),  # noqa: S704 - a file of this package
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            data=_table_data(rows, others),
        )
    )


def _editor_links(editor_url: str, data_hashes: Mapping[Tag, str]) -> dict[Tag, str]:
    """The address of each image in Encord's label editor."""
    if not editor_url.startswith(("https://", "http://")):
        return {}
    return {tag: editor_url + quote(data_hash, safe="") for tag, data_hash in data_hashes.items() if data_hash}


def forest_svg(report: Report) -> str:
    """The three win rates on one axis, as a picture for Dagster's pages, which show no HTML."""
    return _environment().get_template("forest.svg").render(metrics=report.sections[0].metrics, first=FIRST)


def _table_data(rows: Sequence[str], others: Mapping[str, object]) -> Iterator[Markup]:
    """The data of the table's script; nothing in it can end its element."""
    yield Markup('{"rows":[')
    for place, row in enumerate(rows):
        yield Markup(f",{row}" if place else row)  # noqa: S704 - see above
    yield Markup(f"],{in_script(others)[1:]}")  # noqa: S704 - see above


@cache
def _script() -> str:
    return files("judge_pipeline.reporting").joinpath("templates/table.js").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("judge_pipeline.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_with_visible_text,
    )
    environment.filters |= {"cell": _cell, "code_spans": _code_spans}
    return environment


def _with_visible_text(value: object) -> object:
    """Writes out invisible characters in every text before it is escaped; markup is escaped already."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _code_spans(text: str) -> Markup:
    """A sentence, escaped since it may quote text from outside; text in backticks becomes code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(Markup.escape(visible(text)))))  # noqa: S704 - escaped


def _cell(value: str | float | None) -> str:
    """A table cell."""
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else str(value)
