"""The page needs nothing else, shows every state, and runs nothing that a caption says."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.model_makers import makers_of
from judge_pipeline.domain.suspicion import signs_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.page import render_page
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    correctness,
    decided,
    failed,
    image,
    judgement,
    person,
    report_of,
    report_on,
)

ONE, TWO = Tag("one"), Tag("two")
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
VOID = {"meta", "img", "input"}


class Page(HTMLParser):
    """A page as a browser parses it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def rendered(report: Report, *, project_title: str = "Streets", thumbnails: dict[Tag, str] | None = None) -> str:
    page = render_page(
        report,
        project_title=project_title,
        generated_at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
        thumbnails=thumbnails or {},
    )
    return "".join(page)


def data_of(html: str) -> dict[str, Any]:
    """The data that the page's script reads."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    found: dict[str, Any] = json.loads(text)
    return found


def row_of(report: Report) -> dict[str, Any]:
    (row,) = data_of(rendered(report))["rows"]
    found: dict[str, Any] = row
    return found


def with_text(text: str) -> Report:
    """A report in which every text from outside is this one."""
    return report_on(
        images={ONE: image(ONE, title=text)},
        captions_8b={ONE: caption(ONE, A, text, model=text)},
        captions_16b={ONE: caption(ONE, B, text, model=text)},
        judgements={ONE: judgement(ONE, A, improvement=text, model=text, scores=[correctness(A, 2)])},
        failures=[failed(text, ONE, text, text)],
    )


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    html = rendered(decided(wins_8b=2, wins_16b=3), thumbnails={Tag("t000"): PIXEL})
    page = Page(html)

    (policy,) = [each["content"] or "" for tag, each in page.tags if tag == "meta" and "http-equiv" in each]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-")
    _, script = re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.endswith(f"script-src 'sha256-{digest}'")
    assert {tag for tag, _ in page.tags}.isdisjoint({"link", "iframe", "object", "form", "base"})
    addresses = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert all(address and address.startswith(("data:", "#")) for address in addresses)
    assert "url(" not in html


HOSTILE = (
    """</p><script>alert(1)</script><img src=x onerror='alert(1)'>" onmouseover="alert(1) {{ 7*7 }} {% raw %} <!--"""
)


def test_hostile_text_is_data_not_markup() -> None:
    html = rendered(with_text(HOSTILE), project_title=HOSTILE, thumbnails={ONE: f'{PIXEL}" onload="alert(1)'})
    page = Page(html)
    row = data_of(html)["rows"][0]

    assert [attributes for tag, attributes in page.tags if tag == "script"] == [
        {"type": "application/json", "id": "data"},
        {},
    ]
    assert not {name for _, attributes in page.tags for name in attributes if name.startswith("on")}
    assert HOSTILE in page.texts
    failure = Page(rendered(report_on(failures=[failed(HOSTILE, ONE, HOSTILE, HOSTILE)])))
    assert any(HOSTILE in text for text in failure.texts)
    assert not {name for _, attributes in failure.tags for name in attributes if name.startswith("on")}
    assert {row["title"], row["captions"][0]["text"], row["captions"][1]["text"]} == {HOSTILE}


@settings(deadline=None)
@given(st.text(st.characters(categories=None)))
@example(":CLAUDE")
def test_no_text_breaks_the_page_out_of_its_structure(text: str) -> None:
    structure = [tag for tag, _ in Page(rendered(with_text("plain words"))).tags]
    page = Page(rendered(with_text(f"x{text}")))

    # What may be an order is listed, in more elements; so is a judge of a captioner's maker, as the text is all models' name.
    if not signs_in(f"x{text}") and not makers_of(f"x{text}"):
        assert [tag for tag, _ in page.tags] == structure
    assert [tag for tag, _ in page.tags].count("script") == 2
    rendered(with_text(f"x{text}"), project_title=text).encode()


def test_invisible_characters_are_written_out() -> None:
    row = row_of(with_text("safe\u202egnp.exe\u200b\x1b[31m"))

    assert row["captions"][0]["text"] == r"safe\u202egnp.exe\u200b\u001b[31m"


def test_a_row_has_captions_scores_improvements_and_both_choices() -> None:
    verdict = judgement(ONE, B, scores=[correctness(A, 2), correctness(B, 4)], improvement="Name the colour.")
    report = report_on(
        images={ONE: image(ONE, title="cat.jpg")},
        captions_8b={ONE: caption(ONE, A, "A cat.")},
        captions_16b={ONE: caption(ONE, B, "A grey cat & a ball.")},
        judgements={ONE: verdict},
        final_choices={ONE: person(ONE, A, blind=True)},
    )
    row = row_of(report)

    assert row["captions"] == [
        {
            "text": "A cat.",
            "scores": [["Correctness Score", "Somewhat accurate", 3, 5, None]],
            "no_answer": False,
            "improvement": "Name the colour.",
        },
        {
            "text": "A grey cat & a ball.",
            "scores": [["Correctness Score", "Very accurate", 5, 5, None]],
            "no_answer": False,
            "improvement": None,
        },
    ]
    assert [row[key] for key in ("title", "winner", "person", "people", "chosen", "gap")] == [
        "cat.jpg",
        "LLM 16B",
        "LLM 8B",
        "disagrees",
        "chosen: drawn at random, blind",
        0.5,
    ]


def test_a_failed_image_shows_every_reason() -> None:
    failures = [failed("captions_8b", ONE, "refused", "no <people>"), failed("captions_16b", ONE, "empty", "no words")]

    assert row_of(report_of(failures=failures))["failures"] == [
        "Captioning by LLM 8B failed: no <people>",
        "Captioning by LLM 16B failed: no words",
    ]


def test_an_image_that_could_not_be_read_still_has_a_link_to_encord() -> None:
    unread = failed("images", ONE, "UnreadableImage", "'one.jpg': it is not an image; replace it in Encord")
    page = render_page(
        report_on(failures=[unread]),
        project_title="Streets",
        generated_at=datetime(2026, 11, 22, tzinfo=UTC),
        thumbnails={},
        editor_url="https://app.example/label_editor/p/",
        data_hashes={ONE: "a/b"},
    )
    html = "".join(page)

    assert ("a", "https://app.example/label_editor/p/a%2Fb") in {
        (tag, attributes.get("href")) for tag, attributes in Page(html).tags
    }
    assert "Reading the image failed: the file cannot be read as an image" in " ".join(Page(html).texts)
    assert data_of(html)["rows"][0]["hash"] == "a/b"
    assert "UnreadableImage" not in html


def test_pictures_and_both_captions_come_before_the_numbers() -> None:
    report = report_on(
        images={ONE: image(ONE, title="cat.jpg")},
        captions_8b={ONE: caption(ONE, A, "A cat.")},
        captions_16b={ONE: caption(ONE, B, "A grey cat.")},
        judgements={ONE: judgement(ONE, B)},
        final_choices={ONE: person(ONE, A)},
    )
    html = rendered(report, thumbnails={ONE: PIXEL})
    strip = html[html.index("</h1>") : html.index("<nav")]

    assert f'<img src="{PIXEL}" alt="cat.jpg">' in strip
    assert "The judge: LLM 16B. A person: LLM 8B" in strip
    assert "A cat.</p>" in strip
    assert "A grey cat.</p>" in strip


def test_without_choices_the_page_says_what_to_do_and_names_what_is_undefined_once() -> None:
    html = rendered(decided(wins_8b=10, wins_16b=13))

    assert "<code>judge-pipeline review</code>" in html
    assert "23 choices measure its agreement with people to about ±16 points." in html
    assert html.count("No person has decided an image yet: ") == 1
    assert "Cohen&#39;s kappa" in html[html.index('id="undefined"') :]
    assert set(re.findall(r'<h2 id="(\w+)"', html)).isdisjoint({"trust", "accepting"})


def how(choice: Captioner | None, **kept: Any) -> str:
    return str(row_of(report_of(judgement(ONE, choice, **kept)))["how"])


def test_each_row_says_how_the_judge_chose() -> None:
    assert how(A, orders_agree=False) == "The orders disagree; the scores decide."
    assert how(None, orders_agree=False) == "The orders disagree and the scores are equal."
    assert how(None, orders_agree=True, captions_alike=True) == "Both captions say the same."
    assert how(B, orders_agree=None) == "Asked in one order only."
    assert how(B, not_available=(A,)) == "Both orders agree."


def test_what_needs_attention_comes_first() -> None:
    tags = [Tag(name) for name in ("decided", "disagreement", "failed", "flipped", "suspected", "undecided")]
    report = report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A) for tag in tags},
        captions_16b={tag: caption(tag, B) for tag in tags},
        judgements={
            Tag("decided"): judgement(Tag("decided"), A),
            Tag("disagreement"): judgement(Tag("disagreement"), A),
            Tag("flipped"): judgement(Tag("flipped"), A, orders_agree=False),
            Tag("suspected"): replace(judgement(Tag("suspected"), A), suspicions=("it gives orders",)),
            Tag("undecided"): judgement(Tag("undecided"), None, orders_agree=False),
        },
        final_choices={Tag("disagreement"): person(Tag("disagreement"), B)},
        failures=[failed("judgements", Tag("failed"), "refused", "no")],
    )

    assert [row["title"] for row in data_of(rendered(report))["rows"]] == [
        "disagreement.jpg",
        "suspected.jpg",
        "failed.jpg",
        "undecided.jpg",
        "flipped.jpg",
        "decided.jpg",
    ]


def test_every_link_to_a_section_leads_somewhere() -> None:
    html = rendered(decided(wins_8b=2, wins_16b=3))

    assert set(re.findall(r'href="#(\w+)"', html)) <= set(re.findall(r' id="(\w+)"', html))


def test_an_empty_report_says_undefined_and_never_nan() -> None:
    words = " ".join(Page(rendered(Report(outcomes=()))).texts)

    assert "No winner yet: no image is decided." in words
    assert "undefined" in words
    assert not re.search(r"\b(nan|None|inf)\b", words.partition('"use strict"')[0])


def test_the_page_labels_measured_descriptions_as_such() -> None:
    report = report_on(
        images={}, captions_8b={ONE: caption(ONE, A, model="measured-brief")}, captions_16b={}, judgements={}
    )

    assert "measured descriptions, not vision-language models" in rendered(report)


def test_the_time_is_shown_in_utc() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    html = "".join(render_page(Report(outcomes=()), project_title="Streets", generated_at=noon, thumbnails={}))

    assert "Streets · 2026-11-22 10:00 UTC" in html
