"""The page in a real browser: the keys work, nothing shows too early, and nothing is lost or done twice."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE
from judge_pipeline.review.comparison import JudgeShown
from judge_pipeline.review.guard import Secrets
from judge_pipeline_tests.browser import browser
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.judged import add_judged
from judge_pipeline_tests.review.ontology_criteria import add_judged_with_criteria, answer_in_encord, criteria_in_encord
from judge_pipeline_tests.review.reviewed import Reviewed
from judge_pipeline_tests.review.served_app import ServedApp
from judge_pipeline_tests.servers import serve

__all__ = ["browser"]

SECONDS = 15.0
HOSTILE = (
    """<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>&lt;b&gt; \u202e{{7*7}}"""
)


class Screen:
    """What a person at the page sees and does."""

    def __init__(self, browser: webdriver.Chrome, reviewed: Reviewed, link: str) -> None:
        self.browser = browser
        self._reviewed = reviewed
        self.link = link

    def open(self, link: str | None = None) -> None:
        self.browser.get(link or self.link)
        self.until(lambda: self.browser.title.startswith("Review: "))
        self.until(lambda: self.shows("comparison") or self.shows("done"))

    def until(self, holds: Callable[[], Any]) -> None:
        try:
            WebDriverWait(self.browser, SECONDS, poll_frequency=0.05).until(lambda _browser: holds())
        except TimeoutException:
            raise AssertionError(f"not within {SECONDS} s: {self.browser.page_source}") from None

    def shows(self, name: str) -> bool:
        return self.browser.find_element(By.ID, name).is_displayed()

    def text(self, name: str) -> str:
        return str(self.browser.execute_script("return document.getElementById(arguments[0]).textContent", name))

    @property
    def colour(self) -> str:
        """The picture on the screen."""
        source = self.browser.execute_script("return document.querySelector('#picture img').src")
        return self._reviewed.colour(source.rsplit("/", 1)[1])

    def press(self, key: str) -> None:
        """A key, once the page is ready for an answer."""
        self.browser.execute_async_script("setTimeout(arguments[0], 250)")  # the page takes no answer before
        self.browser.switch_to.active_element.send_keys(key)

    def answer(self, key: str) -> str:
        """A key that answers; returns the picture that was answered once it is saved."""
        colour, progress = self.colour, self.text("progress")
        self.press(key)
        self.until(lambda: self.text("progress") != progress and not self.shows("saving"))
        self.until(lambda: self.shows("done") or (self.shows("comparison") and self.colour != colour))
        return colour


@pytest.fixture
def judge() -> JudgeShown:
    return JudgeShown.KEY


@pytest.fixture
def screen(browser: webdriver.Chrome, reviewed: Reviewed, judge: JudgeShown, tmp_path: Path) -> Iterator[Screen]:
    """Opened through a file, as the command does: to the browser, another site."""
    secrets, file = Secrets(), tmp_path / "open.html"
    with serve(ServedApp(reviewed.session(approves=False), secrets, judge)) as url:
        file.write_text(f'<!doctype html><meta http-equiv="refresh" content="0;url={url}/enter/{secrets.token}">')
        screen = Screen(browser, reviewed, file.as_uri())
        try:
            screen.open()
            yield screen
            problems = [entry["message"] for entry in browser.get_log("browser")]
        finally:
            browser.get("about:blank")
    assert [problem for problem in problems if "status of" not in problem] == []


def left_is(reviewed: Reviewed, colour: str) -> Captioner:
    return reviewed.session().comparisons.get(reviewed.tag(colour)).left


def test_the_arrows_choose_the_caption_on_their_side(screen: Screen, reviewed: Reviewed) -> None:
    left = {colour: left_is(reviewed, colour) for colour in ("red", "green")}
    one, two = screen.answer(Keys.ARROW_LEFT), screen.answer(Keys.ARROW_RIGHT)
    assert {one, two} == {"red", "green"}
    assert screen.shows("done")
    assert "You have answered 2." in screen.text("done-text")
    known = reviewed.known()
    assert known[one].choice is left[one]
    assert known[two].choice is left[two].other
    assert reviewed.in_encord(one) == known[one].label
    assert screen.text("live") == "All done."
    assert screen.browser.switch_to.active_element.get_attribute("id") == "done"


def test_undo_goes_back_step_by_step_and_a_new_answer_counts(screen: Screen, reviewed: Reviewed) -> None:
    one = screen.answer(Keys.ARROW_DOWN)
    two = screen.answer(Keys.ARROW_LEFT)
    assert reviewed.known()[one].label == TIE
    screen.press(Keys.BACKSPACE)
    screen.until(lambda: screen.shows("comparison") and screen.colour == two)
    screen.press("u")
    screen.until(lambda: screen.colour == one)
    assert reviewed.known() == {}
    assert reviewed.in_encord(two) is None
    assert screen.text("progress") == "0 answered · 2 left"
    assert screen.answer(Keys.ARROW_LEFT) == one
    assert screen.colour == two
    assert set(reviewed.known()) == {one}


def test_zoom_toggles_and_a_key_held_down_answers_once(screen: Screen, reviewed: Reviewed) -> None:
    small = screen.browser.find_element(By.ID, "picture").size
    screen.press("z")
    assert screen.browser.find_element(By.ID, "picture").size["height"] > small["height"]
    screen.press("z")
    assert screen.browser.find_element(By.ID, "picture").size == small
    screen.browser.execute_async_script(
        """const done = arguments[0];
        const press = (repeat) => document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", repeat }));
        setTimeout(() => { press(false); for (let i = 0; i < 20; i++) press(true); press(false); setTimeout(done, 600); }, 250);"""
    )
    screen.until(lambda: screen.text("progress") == "1 answered · 1 left" and not screen.shows("saving"))
    assert len(reviewed.known()) == 1


def test_the_judge_is_shown_on_a_key_after_the_answer_without_names(screen: Screen) -> None:
    screen.press("j")
    assert not screen.shows("judge")
    before = screen.browser.page_source
    assert not re.search(r"accurate|acceptable|LLM.?(8|16)B", before, re.IGNORECASE)
    screen.answer(Keys.ARROW_DOWN)
    assert not screen.shows("judge")
    screen.press("j")
    screen.until(lambda: screen.shows("judge"))
    assert re.fullmatch(r"You: tie\. The judge: (left|right)\.", screen.text("judge-verdict"))
    assert "Very accurate" in screen.text("judge-grades")
    assert not re.search(r"LLM.?(8|16)B", screen.browser.page_source)
    screen.press(Keys.ESCAPE)
    assert not screen.shows("judge")


def test_an_answer_that_was_not_saved_can_be_sent_again_or_left_for_later(screen: Screen, reviewed: Reviewed) -> None:
    one = screen.colour
    reviewed.trial.inject_fault(match="v1 POST labelrow$", status=429, retry_after=3600, times=2)
    screen.press(Keys.ARROW_LEFT)
    screen.until(lambda: screen.shows("trouble"))
    assert "Your answer was not saved." in screen.text("trouble-text")
    other = screen.colour
    screen.press(Keys.ARROW_LEFT)
    assert screen.colour == other
    screen.press("r")
    screen.until(lambda: reviewed.trial.faults_met() == 2 and screen.shows("trouble"))
    assert reviewed.known() == {}
    screen.press(Keys.ESCAPE)
    screen.until(lambda: not screen.shows("trouble"))
    assert screen.answer(Keys.ARROW_LEFT) == other
    assert screen.answer(Keys.ARROW_LEFT) == one
    assert set(reviewed.known()) == {one, other}


def test_someone_elses_answer_stays_and_is_reported(screen: Screen, reviewed: Reviewed) -> None:
    colour = screen.colour
    choose(reviewed.trial, colour, "LLM-8B")
    screen.press(Keys.ARROW_LEFT)
    screen.until(lambda: screen.shows("notice"))
    assert "has already answered" in screen.text("notice")
    assert reviewed.in_encord(colour) == "LLM-8B"
    assert screen.colour != colour


def test_a_postponed_image_comes_again_even_after_a_reload(screen: Screen, reviewed: Reviewed) -> None:
    first = screen.colour
    screen.press("s")
    screen.until(lambda: screen.colour != first)
    second = screen.answer(Keys.ARROW_RIGHT)
    screen.until(lambda: screen.shows("comparison") and screen.colour == first)
    screen.open()
    assert screen.colour == first
    assert screen.text("progress") == "1 answered · 1 left"
    assert set(reviewed.known()) == {second}


def test_a_reviewer_is_picked_and_the_next_answer_has_that_name(screen: Screen, reviewed: Reviewed) -> None:
    screen.answer(Keys.ARROW_LEFT)
    screen.press("w")
    screen.until(lambda: screen.shows("picker"))
    screen.browser.find_element(By.ID, "name").send_keys("bob@example.com", Keys.ENTER)
    screen.until(lambda: not screen.shows("picker") and screen.shows("comparison"))
    assert screen.text("progress") == "0 answered · 1 left"
    second = screen.answer(Keys.ARROW_LEFT)
    assert reviewed.known()[second].decided_by == "bob@example.com"
    assert "2 of the project's 2 images have a choice" in screen.text("done-text")


def test_nothing_is_cut_off_on_a_phone(screen: Screen) -> None:
    phone = {"width": 390, "height": 780, "deviceScaleFactor": 1, "mobile": True}
    screen.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        assert screen.browser.execute_script("return document.documentElement.scrollWidth") == 390
        for name in ("picture", "left", "tie", "right", "undo", "reviewer-button"):
            box = screen.browser.find_element(By.ID, name).rect
            assert box["x"] >= 0, name
            assert box["x"] + box["width"] <= 390, name
            assert box["y"] + box["height"] <= 780, name
            assert box["height"] >= 24, f"{name} can be hit with a finger"
    finally:
        screen.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


class TestWithoutAName:
    @pytest.fixture
    def screen(self, browser: webdriver.Chrome, reviewed: Reviewed) -> Iterator[Screen]:
        secrets = Secrets()
        with serve(ServedApp(reviewed.session(reviewer=None), secrets, JudgeShown.KEY)) as url:
            yield Screen(browser, reviewed, f"{url}/enter/{secrets.token}")
            browser.get("about:blank")

    def test_the_page_asks_once_and_closing_means_the_user_of_the_key(self, screen: Screen) -> None:
        screen.open()
        screen.until(lambda: screen.shows("picker"))
        screen.browser.find_element(By.ID, "picker-close").click()
        assert not screen.shows("picker")
        screen.open()
        assert not screen.shows("picker")


class TestHostileCaptions:
    @pytest.fixture
    def reviewed(self, trial: Trial) -> Iterator[Reviewed]:
        add_judged(trial, "red", captions={"red": HOSTILE})
        reviewed = Reviewed(trial)
        yield reviewed
        reviewed.close()

    @pytest.fixture
    def judge(self) -> JudgeShown:
        return JudgeShown.MOMENT

    def test_a_caption_is_shown_and_not_executed(self, screen: Screen) -> None:
        assert screen.text("left-text") == HOSTILE.replace("\u202e", "\\u202e")
        assert screen.browser.title == "Review: LLM as a judge"
        assert screen.browser.find_elements(By.CSS_SELECTOR, "#comparison script, .caption img") == []
        assert not screen.shows("judge")
        screen.answer(Keys.ARROW_LEFT)
        screen.until(lambda: screen.shows("judge"))


def test_a_project_without_criteria_has_no_panel_for_them(screen: Screen) -> None:
    screen.press("c")
    assert not screen.shows("criteria")
    assert not screen.shows("criteria-button")


class TestCriteria:
    @pytest.fixture
    def reviewed(self, trial: Trial) -> Iterator[Reviewed]:
        trial.begin_with(add_judged_with_criteria, "red", "green")
        for colour in ("red", "green"):
            answer_in_encord(trial, colour, "Errors", "Missing")
        reviewed = Reviewed(trial)
        yield reviewed
        reviewed.close()

    def test_they_are_answered_with_keys_and_saved_with_the_choice(self, screen: Screen, reviewed: Reviewed) -> None:
        """Hidden until C; digits and Tab with Space answer, arrows still choose; the browser remembers that they are shown."""
        assert not screen.shows("criteria")
        screen.press("2")
        screen.press("c")
        assert screen.shows("criteria")
        assert pressed(screen) == ["Missing"]
        screen.press("2")
        screen.press("3")
        screen.press(Keys.TAB)
        screen.press(Keys.SPACE)
        assert pressed(screen) == ["Easy", "Invented", "Missing"]
        phone = {"width": 390, "height": 780, "deviceScaleFactor": 1, "mobile": True}
        screen.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        for name in ("picture", "criteria", "left", "right"):
            box = screen.browser.find_element(By.ID, name).rect
            assert box["x"] + box["width"] <= 390, name
            assert box["y"] + box["height"] <= 780, name
            assert box["height"] >= 60, name
        screen.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        one = screen.answer(Keys.ARROW_LEFT)
        assert criteria_in_encord(reviewed, one) == {"Difficulty": ["Easy"], "Errors": ["Invented", "Missing"]}
        assert screen.shows("editor-link")
        assert pressed(screen) == ["Missing"]
        two = screen.answer(Keys.ARROW_LEFT)
        assert criteria_in_encord(reviewed, two) == {"Errors": ["Missing"]}
        screen.press("u")
        screen.until(lambda: screen.shows("comparison") and screen.colour == two)
        screen.press("u")
        screen.until(lambda: screen.colour == one)
        assert pressed(screen) == ["Missing"]
        assert criteria_in_encord(reviewed, one) == {"Errors": ["Missing"]}
        screen.open()
        assert screen.shows("criteria")
        screen.press("c")
        assert not screen.shows("criteria")


def pressed(screen: Screen) -> list[str]:
    buttons = screen.browser.find_elements(By.CSS_SELECTOR, "#criteria [aria-pressed=true]")
    return [re.sub(r"^\d ", "", button.text.replace("\n", " ")) for button in buttons]
