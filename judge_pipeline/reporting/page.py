"""The report as one HTML file: no server, nothing loaded from elsewhere, and no script but its own table's."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import State
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible
from judge_pipeline.reporting.headline import cautions, headline, trust_in_words
from judge_pipeline.reporting.opinions import FIRST
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.rows import FIRST_TO_LOOK_AT, rows

IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
"""What could end or begin markup inside a script element, as JSON's own escapes."""


def render_page(
    report: Report,
    *,
    project_title: str,
    generated_at: datetime,
    thumbnails: Mapping[Tag, str],
    editor_url: str = "",
) -> str:
    """The page, whole; `generated_at` has a time zone, `thumbnails` are data URIs and may lack some tags.

    `editor_url` is where the label editor shows an image, up to its data hash; without one there are no links to it.
    Text from images, models and servers is escaped, and its invisible characters are written out.
    """
    script = _script()
    data = {
        "rows": rows(report.outcomes, thumbnails),
        "groups": FIRST_TO_LOOK_AT,
        "captioners": [captioner.value for captioner in Captioner],
        "editor": editor_url,
    }
    return (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            headline=headline(report),
            trust=trust_in_words(report),
            cautions=cautions(report),
            project_title=project_title,
            generated_at=f"{generated_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            captioners=tuple(Captioner),
            first=FIRST,
            states=State,
            script=Markup(script),  # noqa: S704 - ours, from beside this file
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            data=Markup(_in_script(data)),  # noqa: S704 - nothing in it can end the element
        )
    )


def forest_svg(report: Report) -> str:
    """The three win rates on one axis, as a picture for pages that show pictures alone."""
    return _environment().get_template("forest.svg").render(figures=report.sections[0].figures, first=FIRST)


def _in_script(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.translate(IN_SCRIPT).encode(errors="backslashreplace").decode()


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
        finalize=_shown,
    )
    environment.filters |= {"cell": _cell, "marked": _marked}
    return environment


def _shown(value: object) -> object:
    """Every text that is written into the page passes here before it is escaped; what is escaped already is markup."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _marked(text: str) -> Markup:
    """A sentence of ours, which may quote foreign words; what stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(Markup.escape(visible(text)))))  # noqa: S704 - escaped


def _cell(value: str | float | None) -> str:
    """A table's cell."""
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else str(value)
