"""Only the review's own page, in a browser that has the link, may talk to the review."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from judge_pipeline.domain.final_choice import SCRIPTED
from judge_pipeline.review.comparison import JudgeShown
from judge_pipeline.review.guard import LARGEST_BODY, Secrets
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.ontology_criteria import add_judged_with_criteria, criteria_in_encord, picked
from judge_pipeline_tests.review.reviewed import Reviewed
from judge_pipeline_tests.review.served_app import ServedApp
from judge_pipeline_tests.servers import serve

PATHS = ("/", "/review.js", "/review.css", "/api/state", "/image/x", "/nothing")
CALLS = ("/api/next", "/api/answer", "/api/undo", "/api/later", "/api/reviewer")


@dataclass
class Page:
    """A browser that has the link, as far as HTTP goes."""

    url: str
    secrets: Secrets
    client: requests.Session

    def enter(self) -> requests.Response:
        return self.client.get(f"{self.url}/enter/{self.secrets.token}", timeout=10)

    def post(self, path: str, body: Any, **headers: str | None) -> requests.Response:
        """A call as the page's script makes it, with some headers replaced."""
        sent = {"Origin": self.url, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(f"{self.url}{path}", json=body, headers=sent, timeout=10)  # type: ignore[arg-type]

    def call(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.post(path, body)
        assert answer.ok, answer.text
        result: dict[str, Any] = answer.json()
        return result


@pytest.fixture
def judge() -> JudgeShown:
    return JudgeShown.KEY


@pytest.fixture
def page(reviewed: Reviewed, judge: JudgeShown) -> Iterator[Page]:
    secrets = Secrets()
    with serve(ServedApp(reviewed.session(), secrets, judge)) as url, requests.Session() as client:
        yield Page(url, secrets, client)


def test_the_link_opens_the_page_and_no_later_address_has_the_token(page: Page) -> None:
    entered = page.enter()
    cookie = entered.headers["Set-Cookie"]
    assert re.search(r"; HttpOnly; Path=/; SameSite=strict$", cookie)
    assert page.secrets.token not in entered.text + cookie
    assert 'url=/"' in entered.text
    assert "Which caption" in page.client.get(page.url, timeout=10).text
    assert page.client.get(f"{page.url}/api/state", timeout=10).json()["progress"]["left"] == 2


def test_without_the_link_nothing_is_shown(page: Page) -> None:
    wrong = f"/enter/{'x' * 43}"
    for path in (*PATHS, wrong):
        assert page.client.get(page.url + path, timeout=10).status_code == 403
    for path in CALLS:
        assert page.post(path, {}).status_code == 403
    assert not page.client.cookies


def test_a_foreign_host_name_that_points_here_is_refused(page: Page) -> None:
    page.enter()
    port = urlsplit(page.url).port
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil.example", ""):
        for path in (*PATHS, f"/enter/{page.secrets.token}"):
            answer = page.client.get(page.url + path, headers={"Host": host}, timeout=10)
            assert answer.status_code in {400, 421}, (host, path)
            assert "Set-Cookie" not in answer.headers


def test_another_site_cannot_answer_through_the_browser(page: Page, reviewed: Reviewed) -> None:
    page.enter()
    body = {"tag": reviewed.tag("red"), "side": "left"}
    for origin in ("https://evil.example", "null", None, "http://127.0.0.1:1"):
        assert page.post("/api/answer", body, Origin=origin).status_code == 403
    for site in ("cross-site", "same-site", "none"):
        assert page.post("/api/answer", body, Sec_Fetch_Site=site).status_code == 403
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/json-patch+json"):
        assert page.post("/api/answer", body, Content_Type=content_type).status_code == 415
    assert reviewed.known() == {}


def test_every_response_forbids_foreign_scripts_frames_and_caching(page: Page) -> None:
    page.enter()
    for answer in (
        page.client.get(page.url, timeout=10),
        page.client.get(f"{page.url}/nothing", timeout=10),
        page.enter(),
        page.post("/api/next", {}),
        requests.get(page.url, timeout=10),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_page_has_no_inline_script_or_style(page: Page) -> None:
    page.enter()
    text = page.client.get(page.url, timeout=10).text
    assert re.findall(r"<script[^>]*>(.+?)</script>", text, re.DOTALL) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", text)
    script = page.client.get(f"{page.url}/review.js", timeout=10).text
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|https?://", script
    )


class TestCriteria:
    @pytest.fixture
    def reviewed(self, trial: Trial) -> Iterator[Reviewed]:
        trial.begin_with(add_judged_with_criteria, "red")
        reviewed = Reviewed(trial)
        yield reviewed
        reviewed.close()

    @pytest.mark.parametrize("judge", [JudgeShown.KEY, JudgeShown.NEVER])
    def test_they_are_sent_without_names_and_saved_with_the_answer(
        self, page: Page, reviewed: Reviewed, judge: JudgeShown
    ) -> None:
        """The link to Encord's editor, where the judge's labels are, comes only after the answer."""
        page.enter()
        state = page.client.get(f"{page.url}/api/state", timeout=10)
        item = page.call("/api/next", {"tab": "one", "without": []})["item"]
        assert [each["title"] for each in state.json()["criteria"]] == ["Difficulty", "Errors"]
        assert not re.search("LLM.?(8|16)B|label_editor", state.text + str(item))
        answer = {"tag": item["tag"], "side": "left"}
        assert page.post("/api/answer", {**answer, "criteria": {"another": ["x"]}}).status_code == 404
        assert page.post("/api/answer", {**answer, "criteria": {"another": 1}}).status_code == 400
        result = page.call("/api/answer", {**answer, "criteria": picked(reviewed, Errors=["Missing"])})
        assert (result["editor"] is None) is (judge is JudgeShown.NEVER)
        assert criteria_in_encord(reviewed, "red") == {"Errors": ["Missing"]}
        undone = page.call("/api/undo", {})["item"]
        assert undone == item
        assert criteria_in_encord(reviewed, "red") == {}


def test_what_the_script_would_not_send_is_refused(page: Page) -> None:
    page.enter()
    answer = {"tag": "t", "side": "left"}
    for body in ({}, {**answer, "tag": 1}, {**answer, "side": "up"}, {**answer, "more": 1}, [], "x"):
        assert page.post("/api/answer", body).status_code == 400
    assert page.post("/api/next", {"tab": "x" * LARGEST_BODY, "without": []}).status_code == 413


def test_an_image_is_served_without_its_address_in_encord(page: Page, reviewed: Reviewed) -> None:
    page.enter()
    result = page.call("/api/next", {"tab": "one", "without": []})
    assert set(result["item"]) == {"tag", "left", "right"}
    image = page.client.get(f"{page.url}/image/{result['item']['tag']}", timeout=10)
    assert image.headers["Content-Type"] == "image/jpeg"
    assert image.content[:3] == b"\xff\xd8\xff"
    assert reviewed.trial.seed.server.url not in str(image.headers)


def test_the_judges_opinion_is_not_sent_before_the_answer(page: Page, reviewed: Reviewed) -> None:
    page.enter()
    before = [
        page.client.get(f"{page.url}/api/state", timeout=10).text,
        str(page.call("/api/next", {"tab": "one", "without": []})),
    ]
    assert not any(re.search("accurate|acceptable|LLM.?(8|16)B", text, re.IGNORECASE) for text in before)
    result = page.call("/api/answer", {"tag": reviewed.tag("red"), "side": "tie"})
    assert result["judge"]["choice"] in {"left", "right"}
    assert "LLM" not in str(result)


class TestNever:
    @pytest.fixture
    def judge(self) -> JudgeShown:
        return JudgeShown.NEVER

    def test_the_judges_opinion_is_not_sent_afterwards_either(self, page: Page, reviewed: Reviewed) -> None:
        page.enter()
        assert page.call("/api/answer", {"tag": reviewed.tag("red"), "side": "left"})["judge"] is None


def test_each_failure_has_its_own_status(page: Page, reviewed: Reviewed) -> None:
    page.enter()
    tag = reviewed.tag("red")
    held = reviewed.records.leases.acquire([tag], holder="run", seconds=60)
    assert page.post("/api/answer", {"tag": tag, "side": "left"}).status_code == 423
    reviewed.records.leases.release(list(held.values()))
    reviewed.trial.inject_fault(match="v1 GET labelrowmetadata", status=429, retry_after=3600)
    failed = page.post("/api/answer", {"tag": tag, "side": "left"})
    assert failed.status_code == 502
    assert "writing a final choice" in failed.json()["message"]
    choose(reviewed.trial, "red", "LLM-8B")
    assert page.post("/api/answer", {"tag": tag, "side": "left"}).status_code == 409
    assert page.post("/api/answer", {"tag": "another", "side": "left"}).status_code == 404
    assert page.post("/api/undo", {}).status_code == 410
    assert page.call("/api/later", {"tag": tag})["progress"]["left"] == 1


def test_secrets_are_in_no_representation() -> None:
    secrets = Secrets()
    assert secrets.token not in repr(secrets)
    assert secrets.cookie not in repr(secrets)
    assert len(secrets.token) >= 43


def test_an_answer_is_stored_with_the_reviewer_who_was_picked(page: Page, reviewed: Reviewed) -> None:
    page.enter()
    picked = page.call("/api/reviewer", {"reviewer": " bob@example.com "})
    assert (picked["reviewer"], picked["reviewers"]) == ("bob@example.com", ["ada@example.com", "bob@example.com"])
    tag = page.call("/api/next", {"tab": "t", "without": []})["item"]["tag"]
    page.call("/api/answer", {"tag": tag, "side": "left", "reviewer": "bob@example.com"})
    (choice,) = reviewed.known().values()
    assert (choice.decided_by, choice.blind) == ("bob@example.com", True)


def test_a_tab_that_shows_another_reviewer_writes_nothing(page: Page, reviewed: Reviewed) -> None:
    page.enter()
    tag = page.call("/api/next", {"tab": "t", "without": []})["item"]["tag"]
    page.call("/api/reviewer", {"reviewer": "bob@example.com"})
    late = page.post("/api/answer", {"tag": tag, "side": "left", "reviewer": "ada@example.com"})
    assert (late.status_code, late.json()["error"]) == (412, "ReviewerChanged")
    assert reviewed.known() == {}


@pytest.mark.parametrize("name", ["", "  ", "a" * 255, "a\nb", "ada\u202e@example.com", SCRIPTED])
def test_what_is_not_a_name_is_refused(page: Page, name: str) -> None:
    page.enter()
    refused = page.post("/api/reviewer", {"reviewer": name})
    assert (refused.status_code, refused.json()["error"]) == (422, "InvalidReviewer")
    assert page.client.get(f"{page.url}/api/state", timeout=10).json()["reviewer"] == "ada@example.com"
