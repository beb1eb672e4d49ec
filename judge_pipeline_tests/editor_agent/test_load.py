"""Junk requests, in large numbers: every response is the agent's own, and clicks still work."""

import threading
from collections import Counter
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema

from judge_pipeline_tests.editor_agent.harness import Agent, Harness, description
from judge_pipeline_tests.editor_agent.test_access import EDITOR, KEY, payload, policy

JUNK_A_SECOND = 100
SECONDS = 2.5

quick = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def junk(agent: Agent, body: bytes, number: int) -> int:
    """Sends one junk request; returns the response's status."""
    as_json = {"Content-Type": "application/json"}
    kinds: list[dict[str, Any]] = [
        {"method": "POST", "url": f"{agent.url}/", "data": body, "headers": as_json},
        {"method": "GET", "url": f"{agent.url}/wp-login.php"},
        {"method": "POST", "url": f"{agent.url}/{KEY}/", "data": body, "headers": as_json},
        {"method": "POST", "url": f"{agent.url}/{KEY}/", "data": b"{", "headers": {"Origin": EDITOR}},
        {
            "method": "POST",
            "url": f"{agent.url}/{KEY}/",
            "data": b"x" * 50_000,
            "headers": {**as_json, "Origin": EDITOR},
        },
        {"method": "POST", "url": f"{agent.url}/{KEY}/", "data": b"[]", "headers": {**as_json, "Origin": EDITOR}},
    ]
    return requests.request(timeout=30, **kinds[number % len(kinds)]).status_code


def test_a_hundred_junk_requests_a_second_do_not_block_a_good_one(harness: Harness) -> None:
    """Good requests are served during the junk; the junk is refused and never reaches Encord or the model."""
    body = payload(harness)
    statuses: Counter[int] = Counter()
    ended = threading.Event()
    begun = threading.Barrier(5)
    with harness.agent(policy(harness), clicks_per_minute=20) as agent:

        def send(first: int) -> None:
            begun.wait()
            number = first
            while not ended.wait(4 / JUNK_A_SECOND):
                statuses[junk(agent, body, number)] += 1
                number += 1

        senders = [threading.Thread(target=send, args=(first,), daemon=True) for first in range(4)]
        for sender in senders:
            sender.start()
        begun.wait()
        for text in ("The first description of a red picture.", "The second description of a red picture."):
            harness.models.replies.append(description(text))
            ended.wait(SECONDS)
            assert agent.post(body, route=f"{KEY}/", Origin=EDITOR).status_code == 200
        ended.set()
        for sender in senders:
            sender.join()
    assert harness.answers("red.png") == ["The second description of a red picture."]
    assert set(statuses) == {400, 403, 404, 413, 415}
    assert statuses.total() > JUNK_A_SECOND * SECONDS / 4, "the junk was sent"
    assert len(harness.models.bodies) == 2


def test_clicks_above_the_limit_get_a_retry_after(harness: Harness) -> None:
    with harness.agent(clicks_per_minute=2) as agent:
        hashes = [harness.data_hash("red.png"), harness.data_hash("blue.png")]
        assert [agent.click(data_hash).status_code for data_hash in hashes] == [200, 200]
        answer = agent.click(hashes[0], 1)
        assert answer.status_code == 429
        assert answer.json()["message"].startswith("Too many clicks: at most 2 a minute; try again in ")
        assert 1 <= int(answer.headers["Retry-After"]) <= 30


@pytest.fixture
def described(agent: Agent) -> BaseSchema:
    schema = schemathesis.openapi.from_url(f"{agent.url}/openapi.json")
    schema.config.update(base_url=agent.url)
    return schema


@pytest.mark.parametrize("path", ["/", "/rejudge", "/task-ready"])
def test_no_request_causes_a_server_error(described: BaseSchema, path: str) -> None:
    operation = described[path]["POST"]

    @quick
    @given(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def check(case: Case[Any]) -> None:
        response = case.call(timeout=10)
        case.validate_response(response, checks=[schemathesis.checks.not_a_server_error])
        assert response.status_code == 200 or 0 < len(response.json()["message"]) <= 256

    check()


@quick
@given(body=st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(str).map(str.encode))
def test_arbitrary_bytes_are_refused_with_a_message(agent: Agent, body: bytes) -> None:
    for route in ("", "rejudge", "task-ready"):
        answer = agent.post(body, route=route)
        assert answer.status_code in {400, 401}
        assert 0 < len(answer.json()["message"]) <= 256
