"""The editor's pages can read every response, other pages none."""

from collections.abc import Iterator

import pytest
import requests

from judge_pipeline_tests.editor_agent.harness import Agent, Harness
from judge_pipeline_tests.editor_agent.test_access import EDITOR, KEY, payload, policy, signature

US_EDITOR = "https://app.us.encord.com"


@pytest.fixture
def protected(harness: Harness) -> Iterator[Agent]:
    with harness.agent(policy(harness), clicks_per_minute=3) as running:
        yield running


def preflight(agent: Agent, origin: str, *, method: str = "POST", headers: str = "content-type") -> requests.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return requests.options(f"{agent.url}/{KEY}/", headers=asked, timeout=10)


@pytest.mark.parametrize("origin", [EDITOR, US_EDITOR])
def test_the_editors_preflight_is_accepted(protected: Agent, origin: str) -> None:
    sent = "content-type,x-cloud-trace-context,x-encord-editor-agent,x-encord-agent"
    answer = preflight(protected, origin, headers=sent)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert set(sent.split(",")) <= set(
        answer.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
    )


def test_other_origins_preflights_are_refused(protected: Agent) -> None:
    for answer in (
        preflight(protected, "https://evil.example"),
        preflight(protected, "http://app.encord.com"),
        preflight(protected, "https://cord-ai-development--x.web.app"),
    ):
        assert answer.status_code == 400
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_editor_can_read_responses_of_every_status(harness: Harness, protected: Agent) -> None:
    body = payload(harness)
    inside = f"{KEY}/"

    def post(body: bytes, route: str = inside, **headers: str) -> requests.Response:
        return protected.post(body, route=route, Origin=EDITOR, **headers)

    answers = {
        200: post(body),
        400: post(b"{"),
        401: post(body, **signature(b"another")),
        403: post(body.replace(harness.seed.project_hash.encode(), b"00000000-0000-0000-0000-000000000000")),
        404: post(body, "elsewhere"),
        405: requests.put(f"{protected.url}/{inside}", data=body, headers={"Origin": EDITOR}, timeout=10),
        409: post(body.replace(b'"frame": 0', b'"frame": 7')),
        413: post(b" " * 20_000),
        415: post(body, Content_Type="text/plain"),
    }
    harness.seed.server.control("POST", "faults", json={"match": ".*", "status": 429, "retry_after": 3600})
    answers[503] = post(body.replace(b'"frame": 0', b'"frame": 6'))
    answers[429] = post(body.replace(b'"frame": 0', b'"frame": 8'))
    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    for answer in answers.values():
        assert answer.headers["Access-Control-Allow-Origin"] == EDITOR
        assert answer.headers["Vary"] == "Origin"
        if answer.status_code != 200:
            assert list(answer.json()) == ["message"]
            assert 0 < len(answer.json()["message"]) <= 256
    assert int(answers[429].headers["Retry-After"]) > 0
    assert "Retry-After" in answers[429].headers["Access-Control-Expose-Headers"]
