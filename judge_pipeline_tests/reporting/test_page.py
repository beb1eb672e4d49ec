"""The page stands alone, shows every state, and lets no caption do anything but be read."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.numbers import Report
from judge_pipeline.reporting.page import render_page
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    correctness,
    decided,
    failed,
    image,
    judgement,
    report_of,
)

ONE, TWO = Tag("one"), Tag("two")
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
VOID = {"meta", "img"}


class Page(HTMLParser):
    """A page as a reader's browser takes it apart."""

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
    return render_page(
        report,
        project_title=project_title,
        generated_at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
        thumbnails=thumbnails or {},
    )


def squeezed(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", html)).strip()


def cells(html: str, style: str) -> list[str]:
    return [squeezed(cell) for cell in re.findall(rf'<td class="{style}.*?</td>', html, re.DOTALL)]


def with_text(text: str) -> Report:
    """A report in which everything that comes from outside is this text."""
    return Report.of(
        images={ONE: image(ONE, title=text)},
        captions_8b={ONE: caption(ONE, A, text, model=text)},
        captions_16b={ONE: caption(ONE, B, text, model=text)},
        judgements={ONE: judgement(ONE, A, improvement=text, model=text, scores=[correctness(A, 2)])},
        failures=[failed(text, ONE, text, text)],
    )


def test_the_page_asks_nothing_of_anybody() -> None:
    html = rendered(decided(wins_8b=2, wins_16b=3), thumbnails={Tag("t000"): PIXEL})
    page = Page(html)

    policy = {"http-equiv": "Content-Security-Policy"}
    assert ("meta", {**policy, "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'"}) in page.tags
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "form", "base"})
    addresses = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert all(address and address.startswith(("data:", "#")) for address in addresses)
    assert "http://" not in html
    assert "https://" not in html
    assert "url(" not in html


HOSTILE = (
    """</p><script>alert(1)</script><img src=x onerror='alert(1)'>" onmouseover="alert(1) {{ 7*7 }} {% raw %} <!--"""
)


def test_hostile_text_is_shown_and_does_nothing() -> None:
    html = rendered(with_text(HOSTILE), project_title=HOSTILE, thumbnails={ONE: f'{PIXEL}" onload="alert(1)'})
    page = Page(html)

    assert "script" not in {tag for tag, _ in page.tags}
    assert not {name for _, attributes in page.tags for name in attributes if name.startswith("on")}
    assert page.texts.count(HOSTILE) >= 5


@settings(deadline=None)
@given(st.text(st.characters(categories=None)))
def test_no_text_breaks_the_page_out_of_its_structure(text: str) -> None:
    structure = [tag for tag, _ in Page(rendered(with_text("plain words"))).tags]
    page = Page(rendered(with_text(f"x{text}")))

    assert [tag for tag, _ in page.tags] == structure
    rendered(with_text(f"x{text}"), project_title=text).encode()


def test_invisible_characters_are_written_out() -> None:
    (shown, _) = cells(rendered(with_text("safe\u202egnp.exe\u200b\x1b[31m")), "caption")

    assert r"safe\u202egnp.exe\u200b\u001b[31m" in shown


def test_a_decided_image_shows_the_winner_its_scores_and_the_improvement() -> None:
    report = Report.of(
        images={ONE: image(ONE, title="cat.jpg")},
        captions_8b={ONE: caption(ONE, A, "A cat.")},
        captions_16b={ONE: caption(ONE, B, "A grey cat & a ball.")},
        judgements={
            ONE: judgement(ONE, B, scores=[correctness(A, 2), correctness(B, 4)], improvement="Name the colour."),
        },
    )
    html = rendered(report, thumbnails={ONE: PIXEL})

    assert cells(html, "caption") == [
        (
            '<td class="caption"><p dir="auto">A cat.</p>'
            '<ul class="scores"><li>Correctness Score: <b>Somewhat accurate</b> (3 of 5)</li></ul>'
            '<details><summary>Improvement suggestion</summary><p dir="auto">Name the colour.</p></details></td>'
        ),
        (
            '<td class="caption won b16"><p dir="auto">A grey cat &amp; a ball.</p>'
            '<ul class="scores"><li>Correctness Score: <b>Very accurate</b> (5 of 5)</li></ul></td>'
        ),
    ]
    assert cells(html, "verdict") == ['<td class="verdict"><p><b>LLM 16B wins</b></p><p>Both orders agree.</p></td>']
    assert f'<img src="{PIXEL}" alt="cat.jpg">' in html


def test_a_failed_image_shows_every_reason() -> None:
    failures = [failed("captions_8b", ONE, "refused", "no <people>"), failed("captions_16b", ONE, "empty", "no words")]

    assert cells(rendered(report_of(failures=failures)), "verdict") == [
        (
            '<td class="verdict"><p><b>failed</b></p>'
            '<p class="failure"><b>captions_8b: refused</b> no &lt;people&gt;</p>'
            '<p class="failure"><b>captions_16b: empty</b> no words</p></td>'
        )
    ]


def verdict_on(choice: Captioner | None, **kept: object) -> str:
    (cell,) = cells(rendered(report_of(judgement(ONE, choice, **kept))), "verdict")  # type: ignore[arg-type]
    return " ".join(re.sub(r"<[^>]+>", " ", cell).split())


def test_the_verdict_says_how_it_came_about() -> None:
    assert verdict_on(A, orders_agree=False) == "LLM 8B wins The orders disagree; the scores decide."
    assert verdict_on(None, orders_agree=False) == "undecided The orders disagree and the scores are level."
    assert verdict_on(None, orders_agree=True, captions_alike=True) == "undecided The captions say the same."
    assert verdict_on(B, orders_agree=None) == "LLM 16B wins"
    assert verdict_on(B, not_available=(A,)) == "answer not available Both orders agree."


def test_trouble_stands_above_what_went_well() -> None:
    report = report_of(judgement(ONE, A), failures=[failed("judgements", TWO, "refused", "no")])

    assert re.findall(r"<h3.*?</h3>", rendered(report)) == [
        '<h3 id="failed">Failed: 1</h3>',
        '<h3 id="decided">Decided: 1</h3>',
    ]


def test_a_link_to_a_state_leads_somewhere() -> None:
    html = rendered(report_of(judgement(ONE, A), failures=[failed("judgements", TWO, "refused", "no")]))

    assert set(re.findall(r'href="#(\w+)"', html)) == {"failed"}


def test_an_empty_report_says_undefined_and_never_nan() -> None:
    words = " ".join(Page(rendered(Report(outcomes=()))).texts)

    assert "It cannot be told yet which captioner the judge prefers: no image is decided." in words
    assert "undefined" in words
    assert not re.search(r"\b(nan|None|inf)\b", words)


def test_the_page_calls_measured_descriptions_what_they_are() -> None:
    report = Report.of(
        images={}, captions_8b={ONE: caption(ONE, A, model="measured-brief")}, captions_16b={}, judgements={}
    )

    assert "measured descriptions, not vision-language models" in rendered(report)


def test_the_time_is_shown_in_utc() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    html = render_page(Report(outcomes=()), project_title="Streets", generated_at=noon, thumbnails={})

    assert "Streets · 2026-11-22 10:00 UTC" in html
