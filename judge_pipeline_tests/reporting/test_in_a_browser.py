"""The page in a real browser: it draws its table, sorts and filters it, and executes no text."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.page import render_page
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.browser import browser
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    corrected,
    correctness,
    failed,
    image,
    judgement,
    person,
    report_on,
)

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
HOSTILE = """</script><script>document.title = "run"</script><img src=x onerror="document.title = 'run'">"""

__all__ = ["browser"]

pytestmark = pytest.mark.slow


def report() -> Report:
    tags = [Tag(f"t{number:03}") for number in range(120)]
    return report_on(
        images={tag: image(tag, title=f"{tag}.jpg") for tag in tags},
        captions_8b={tag: caption(tag, A, HOSTILE) for tag in tags},
        captions_16b={tag: caption(tag, B, f"A cat, number {tag}.") for tag in tags},
        judgements={
            tag: replace(
                judgement(tag, B if number % 3 else A, scores=[correctness(A, number % 5), correctness(B, 2)]),
                suspicions=(HOSTILE,) if number == 7 else (),
            )
            for number, tag in enumerate(tags[:-1])
        },
        final_choices={tag: person(tag, B) for tag in tags[:9]},
        failures=[failed("judgements", tags[-1], "Refused", "no")],
        corrections={tags[3]: corrected(tags[3], correctness(A, 4)), tags[4]: corrected(tags[4], correctness(B, 0))},
    )


@pytest.fixture
def page(browser: webdriver.Chrome, tmp_path: Path) -> webdriver.Chrome:
    file = tmp_path / "report.html"
    html = render_page(
        report(),
        project_title="Cats",
        generated_at=datetime(2026, 11, 22, tzinfo=UTC),
        thumbnails={Tag(f"t{number:03}"): PIXEL for number in range(120)},
        editor_url="https://app.example/label_editor/p/",
    )
    file.write_text("".join(html), encoding="utf-8")
    browser.get(file.as_uri())
    WebDriverWait(browser, 30).until(
        lambda driver: driver.execute_script("return document.documentElement.dataset.ready")
    )
    return browser


def titles(page: webdriver.Chrome) -> list[str]:
    return [each.text for each in page.find_elements(By.CSS_SELECTOR, "#rows .title")]


def test_the_table_is_drawn_in_pages_with_disagreements_first(page: webdriver.Chrome) -> None:
    assert len(titles(page)) == 50
    assert titles(page)[:4] == ["t000.jpg", "t003.jpg", "t006.jpg", "t007.jpg"]
    assert page.find_element(By.ID, "found").text == "120 images"
    page.find_element(By.ID, "next").click()
    assert page.find_element(By.ID, "page").text == "page 2 of 3"


def test_it_filters_finds_and_sorts(page: webdriver.Chrome) -> None:
    Select(page.find_element(By.ID, "filter")).select_by_value("failed")
    assert titles(page) == ["t119.jpg"]
    Select(page.find_element(By.ID, "filter")).select_by_value("corrected")
    assert titles(page) == ["t003.jpg", "t004.jpg"]
    assert "corrected by a person: Very accurate (5 of 5)" in page.find_element(By.CSS_SELECTOR, "#rows .scores").text
    assert "Corrected: LLM 8B: Correctness Score: Very accurate" in page.find_element(By.ID, "rows").text
    Select(page.find_element(By.ID, "filter")).select_by_value("all")
    page.find_element(By.ID, "find").send_keys("number t042")
    assert titles(page) == ["t042.jpg"]
    page.find_element(By.ID, "find").clear()
    page.find_element(By.ID, "find").send_keys(".jpg")
    heads = page.find_elements(By.CSS_SELECTOR, ".judgements thead button")
    heads[0].click()
    heads[0].click()
    assert titles(page)[0] == "t119.jpg"
    assert page.find_element(By.CSS_SELECTOR, "[aria-sort]").get_attribute("aria-sort") == "descending"


def test_no_text_runs_and_nothing_is_loaded(page: webdriver.Chrome) -> None:
    shown = page.find_element(By.CSS_SELECTOR, "#rows .caption p")

    assert shown.text == HOSTILE
    assert page.title == "Judge report: Cats"
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.get_log("browser") == []  # the policy refused nothing, so nothing was tried


def test_the_thumbnails_are_drawn_and_lead_to_the_editor(page: webdriver.Chrome) -> None:
    picture = page.find_element(By.CSS_SELECTOR, "#rows img")
    page.execute_script("arguments[0].scrollIntoView()", picture)  # lazy: loaded only near the viewport
    WebDriverWait(page, 30).until(
        lambda driver: driver.execute_script("return arguments[0].naturalWidth", picture) == 1
    )
    link = page.find_element(By.CSS_SELECTOR, "#rows a").get_attribute("href")

    assert link == "https://app.example/label_editor/p/d"


def test_nothing_is_cut_off_on_a_narrow_screen(page: webdriver.Chrome) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= 420
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
