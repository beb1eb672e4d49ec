"""Injected faults: each kind looks real to the client and applies exactly as often as requested."""

from collections.abc import Callable
from typing import Any

import openai
import pytest
import requests

from judge_pipeline_tests.local.models.asking import ask, response_format, strict_object

Inject = Callable[..., None]
SCHEMA = response_format(strict_object(text={"type": "string"}))


@pytest.fixture
def inject(url: str) -> Inject:
    def inject(**fault: Any) -> None:
        answer = requests.post(f"{url}/_local/faults", json=fault, timeout=10)
        assert answer.status_code == 201, answer.text

    return inject


def test_a_rate_limit_has_retry_after(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="status", status=429, retry_after=7)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client, "measured-brief")
    assert caught.value.response.headers["retry-after"] == "7"
    assert ask(client, "measured-brief").choices


def test_an_exhausted_quota_has_its_code(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="status", status=429, code="insufficient_quota", text="You exceeded your current quota.")
    with pytest.raises(openai.RateLimitError, match="exceeded your current quota") as caught:
        ask(client, "measured-brief")
    assert caught.value.code == "insufficient_quota"


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, openai.AuthenticationError), (500, openai.InternalServerError), (503, openai.InternalServerError)],
)
def test_a_status_becomes_the_sdks_exception(
    client: openai.OpenAI, inject: Inject, status: int, error: type[Exception]
) -> None:
    inject(kind="status", status=status)
    with pytest.raises(error):
        ask(client, "measured-brief")


def test_the_sdks_own_retries_survive_a_reset_and_a_503(client: openai.OpenAI, inject: Inject, url: str) -> None:
    inject(kind="reset")
    inject(kind="status", status=503, retry_after=0.01)
    answer = ask(client.with_options(max_retries=3), "measured-brief")
    assert answer.choices
    assert requests.get(f"{url}/_local/stats", timeout=10).json()["calls"] == 3


def test_a_reset_cuts_the_connection(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="reset")
    with pytest.raises(openai.APIConnectionError):
        ask(client, "measured-brief")


def test_a_slow_answer_arrives(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="slow", delay_seconds=1)
    with pytest.raises(openai.APITimeoutError):
        ask(client.with_options(timeout=0.3), "measured-brief")
    inject(kind="slow", delay_seconds=0.05)
    assert ask(client, "measured-brief").choices[0].finish_reason == "stop"


def test_a_refusal_has_no_content(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="refusal")
    message = ask(client, "measured-brief").choices[0].message
    assert message.content is None
    assert message.refusal


def test_a_length_fault_cuts_the_answer_in_half(client: openai.OpenAI, inject: Inject) -> None:
    whole = ask(client, "measured-brief").choices[0].message.content or ""
    inject(kind="length")
    choice = ask(client, "measured-brief").choices[0]
    assert choice.finish_reason == "length"
    assert whole.startswith(choice.message.content or "-")
    assert len(choice.message.content or "") < len(whole)


def test_a_filtered_answer_has_its_finish_reason(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="content_filter")
    assert ask(client, "measured-brief").choices[0].finish_reason == "content_filter"


def test_an_answer_can_be_dictated(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="text", text="```json\n{broken")
    assert ask(client, "measured-brief").choices[0].message.content == "```json\n{broken"


def test_a_server_without_json_schema_refuses_only_that(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="no_schema", times=1000)
    with pytest.raises(openai.BadRequestError, match="response_format"):
        ask(client, "measured-brief", response_format=SCHEMA)
    assert ask(client, "measured-brief", "As JSON.", response_format={"type": "json_object"}).choices


def test_faults_match_by_model_text_and_turn(client: openai.OpenAI, inject: Inject, url: str) -> None:
    inject(kind="text", text="dictated", model="measured-brief", match=r"tag [0-9]+$", times=2, skip=1)

    def content(model: str, text: str) -> str | None:
        return ask(client, model, text).choices[0].message.content

    assert content("measured-detailed", "tag 1") != "dictated"
    assert content("measured-brief", "no tag here") != "dictated"
    assert [content("measured-brief", "tag 1") == "dictated" for _ in range(4)] == [False, True, True, False]
    (plan,) = requests.get(f"{url}/_local/faults", timeout=10).json()
    assert (plan["met"], plan["is_spent"]) == (2, True)


def test_a_fault_can_match_the_schema_but_never_the_image(client: openai.OpenAI, inject: Inject) -> None:
    inject(kind="refusal", match="base64|/9j/")
    inject(kind="text", text="dictated", match='"properties"')
    assert ask(client, "measured-brief", response_format=SCHEMA).choices[0].message.content == "dictated"


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"kind": "status"}, "needs 'status'"),
        ({"kind": "slow"}, "needs 'delay_seconds'"),
        ({"kind": "text"}, "needs 'text'"),
        ({"kind": "refusal", "match": "("}, "not a regular expression"),
        ({"kind": "explode"}, "Input should be"),
        ({"kind": "refusal", "tmies": 3}, "Extra inputs"),
    ],
)
def test_an_invalid_fault_is_refused(url: str, fault: dict[str, Any], complaint: str) -> None:
    answer = requests.post(f"{url}/_local/faults", json=fault, timeout=10)
    assert answer.status_code == 422
    assert complaint in answer.text


def test_calls_are_counted_by_model_including_failed_ones(client: openai.OpenAI, inject: Inject, url: str) -> None:
    inject(kind="status", status=500, model="measured-detailed")
    ask(client, "measured-brief")
    ask(client, "measured-brief")
    with pytest.raises(openai.InternalServerError):
        ask(client, "measured-detailed")
    client.models.list()
    none: dict[str, Any] = {"calls": 0, "by_model": {}}
    expected = {"calls": 3, "by_model": {"measured-brief": 2, "measured-detailed": 1}, "batch": none}
    assert requests.get(f"{url}/_local/stats", timeout=10).json() == expected
    requests.delete(f"{url}/_local/stats", timeout=10)
    assert requests.get(f"{url}/_local/stats", timeout=10).json() == {**none, "batch": none}


def test_health_names_the_models(url: str) -> None:
    health = requests.get(f"{url}/_local/health", timeout=10).json()
    assert health["status"] == "ok"
    assert "measured-judge" in health["models"]
