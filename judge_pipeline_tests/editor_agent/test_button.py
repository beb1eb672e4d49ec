"""The whole loop in a real browser: a click on the local Encord's page, the preflight, the agent, the refresh."""

from collections.abc import Callable

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline_tests.browser import browser
from judge_pipeline_tests.editor_agent.harness import Agent, Harness, description
from judge_pipeline_tests.editor_agent.screen import add_group, add_video, answers, reads_the_number, text_of
from judge_pipeline_tests.editor_agent.test_access import policy
from judge_pipeline_tests.models.stub_server import completion

__all__ = ["browser"]

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 30


def register(harness: Harness, url: str) -> None:
    """As a person does in the project's settings."""
    buttons = [{"title": "Describe", "url": f"{url}/"}, {"title": "Judge again", "url": f"{url}/rejudge"}]
    harness.seed.server.control("PUT", f"projects/{harness.seed.project_hash}/editor-agents", json=buttons)


def opened(browser: Chrome, harness: Harness, title: str, *, frame: int | None = None) -> None:
    project = harness.seed.project_hash
    query = "" if frame is None else f"?frame={frame}"
    browser.get(f"{harness.seed.server.url}/label_editor/{project}/{harness.data_hash(title)}{query}")


def click(browser: Chrome, label: str) -> None:
    browser.find_element(By.XPATH, f"//section[@id='agents']/button[normalize-space()='{label}']").click()


def wait_for(browser: Chrome, selector: str, text: str) -> None:
    """Waits until an element with this selector contains the text; elements may vanish in a refresh."""
    waiting = WebDriverWait(browser, PATIENCE_SECONDS, poll_frequency=0.1)
    script = "return [...document.querySelectorAll(arguments[0])].some(each => each.textContent.includes(arguments[1]))"
    waiting.until(lambda driver: driver.execute_script(script, selector, text), f"{selector} never showed {text!r}")


def console_errors(browser: Chrome) -> list[str]:
    """The browser's own log: blocked requests, script errors."""
    entries = [str(entry["message"]) for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]
    return [entry for entry in entries if "favicon" not in entry]


def test_a_click_describes_the_image_and_the_page_shows_it(browser: Chrome, harness: Harness, agent: Agent) -> None:
    register(harness, agent.url)
    harness.models.replies.append(description("A red picture, described at the click of a button."))
    opened(browser, harness, "red.png")
    assert "Read-only, except for the agents' buttons." in browser.page_source
    click(browser, "Describe")
    wait_for(browser, "article.card", "A red picture, described at the click of a button.")
    wait_for(browser, "#agents [role=status]", "Describe: done.")
    assert harness.answers("red.png") == ["A red picture, described at the click of a button."]
    assert console_errors(browser) == []


@pytest.mark.parametrize(("add", "title"), [(add_video, "film.mp4"), (add_group, "group")], ids=["video", "group"])
def test_a_click_on_frame_10_describes_that_frame(
    browser: Chrome, harness: Harness, agent: Agent, add: Callable[[Harness], str], title: str
) -> None:
    data_hash = add(harness)
    register(harness, agent.url)
    harness.models.rule = reads_the_number
    opened(browser, harness, title, frame=9)
    browser.find_element(By.LINK_TEXT, "Next").click()
    wait_for(browser, "h2", "Labels on frame 10")
    click(browser, "Describe")
    wait_for(browser, "article.card", text_of(10))
    wait_for(browser, "#agents [role=status]", "Describe: done.")
    assert answers(harness, data_hash) == {10: [text_of(10)]}
    opened(browser, harness, title, frame=11)
    assert text_of(10) not in browser.page_source
    assert console_errors(browser) == []


def test_the_labeller_sees_why_nothing_was_written(browser: Chrome, harness: Harness, agent: Agent) -> None:
    register(harness, agent.url)
    harness.models.rule = lambda _asked: completion(refusal="no")
    opened(browser, harness, "red.png")
    click(browser, "Describe")
    wait_for(browser, "#agents [role=status]", "The model refused to describe this image.")
    click(browser, "Judge again")
    wait_for(browser, "#agents [role=status]", "'red.png' is in LLM1: it has no captions to judge yet.")
    assert harness.answers("red.png") == []


def test_the_browser_blocks_pages_that_the_agent_does_not_allow(browser: Chrome, harness: Harness) -> None:
    """The preflight is refused: an agent on the web accepts the editor's pages only."""
    other_pages: AccessPolicy = policy(harness, path_key=None, requires_signature=True)
    with harness.agent(other_pages) as agent:
        register(harness, agent.url)
        opened(browser, harness, "red.png")
        click(browser, "Describe")
        wait_for(browser, "#agents [role=status]", "does not allow calls from this page (CORS)")
    assert "blocked by CORS policy" in "\n".join(console_errors(browser))
    assert harness.models.bodies == []


def test_the_page_shows_that_the_agent_is_gone(browser: Chrome, harness: Harness) -> None:
    with harness.agent() as agent:
        register(harness, agent.url)
    opened(browser, harness, "blue.png")
    click(browser, "Describe")
    wait_for(browser, "#agents [role=status]", "The agent does not respond")
    console_errors(browser)


def test_without_agents_a_page_has_no_scripts(browser: Chrome, harness: Harness) -> None:
    opened(browser, harness, "red.png")
    assert browser.find_elements(By.CSS_SELECTOR, "button, script") == []
