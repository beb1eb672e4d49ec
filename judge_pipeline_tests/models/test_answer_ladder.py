"""Servers that do not understand a field are asked without it from then on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from judge_pipeline.models.chat_request import chat_request
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import PLAIN, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubReply, StubRequest, StubServer, failure


def refusing_formats(*formats: str, status: int = 400) -> Callable[[StubRequest], StubReply | None]:
    def rule(request: StubRequest) -> StubReply | None:
        sent = (request.body.get("response_format") or {}).get("type")
        return failure(status, f"response_format '{sent}' is not supported") if sent in formats else None

    return rule


def formats_sent(stub: StubServer) -> list[str | None]:
    return [(body.get("response_format") or {}).get("type") for body in stub.bodies]


def test_a_server_without_json_schema_is_asked_for_a_json_object(ask: Ask, stub: StubServer) -> None:
    stub.rule = refusing_formats("json_schema")
    ask(WITH_SCHEMA, WITH_SCHEMA, PLAIN)
    assert formats_sent(stub) == ["json_schema", "json_object", "json_object", None]


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_without_any_format_is_asked_by_the_prompt_only(ask: Ask, stub: StubServer, status: int) -> None:
    stub.rule = refusing_formats("json_schema", "json_object", status=status)
    ask(WITH_SCHEMA, WITH_SCHEMA)
    assert formats_sent(stub) == ["json_schema", "json_object", None, None]


@pytest.mark.parametrize(
    ("base_url", "asked_for"),
    [("https://api.openai.com/v1", "json_object"), ("https://x.openai.azure.com/openai/v1", "json_object"),
     ("https://openrouter.ai/api/v1", "json_object"), ("http://127.0.0.1:8000/v1", "json_schema")],
)  # fmt: skip
def test_a_schema_beyond_strict_mode_is_not_sent_to_servers_with_its_limits(
    base_url: str, asked_for: str, image: PreparedImage
) -> None:
    endpoint = Endpoint("JUDGE", base_url, "m")
    question = replace(WITH_SCHEMA, is_strict=False)
    body = chat_request(question, image, endpoint=endpoint, dialect=Dialect.for_endpoint(endpoint))
    assert body["response_format"]["type"] == asked_for


def test_questions_refused_at_the_same_time_step_down_once(
    stub: StubServer, endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    stub.rule = refusing_formats("json_schema")

    async def eight() -> None:
        async with ModelClient(endpoint()) as client:
            await asyncio.gather(*(client.ask(WITH_SCHEMA, image) for _ in range(8)))

    asyncio.run(eight())
    assert set(formats_sent(stub)) == {"json_schema", "json_object"}


@pytest.mark.parametrize(
    ("first", "second"), [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")]
)
def test_a_server_that_refuses_one_token_field_gets_the_other(
    ask: Ask, stub: StubServer, first: str, second: str
) -> None:
    stub.rule = lambda request: (
        failure(400, f"Unsupported parameter: '{first}' is not supported with this model. Use '{second}' instead.")
        if first in request.body
        else None
    )
    ask(PLAIN, PLAIN, token_limit_field=first)
    assert [[field for field in body if field.startswith("max_")] for body in stub.bodies] == [
        [first],
        [second],
        [second],
    ]


def test_a_server_that_refuses_both_token_fields_fails_the_question(ask: Ask, stub: StubServer) -> None:
    stub.rule = lambda request: failure(400, "max_tokens and max_completion_tokens are not supported")
    with pytest.raises(BadRequest, match="not supported"):
        ask()
    assert len(stub.bodies) == 2


def test_a_token_limit_that_is_too_high_does_not_change_the_field(ask: Ask, stub: StubServer) -> None:
    stub.rule = lambda request: failure(400, "max_tokens must be at most 20, got 50")
    with pytest.raises(BadRequest, match="at most 20"):
        ask()
    assert len(stub.bodies) == 1


def test_openai_gets_max_completion_tokens() -> None:
    ours = Endpoint(name="LLM1", base_url="https://eu.api.openai.com/v1", model="m")
    theirs = Endpoint(name="LLM1", base_url="https://api.openai.com.example/v1", model="m")
    fields = [Dialect.for_endpoint(endpoint).token_limit_field for endpoint in (ours, theirs)]
    assert fields == ["max_completion_tokens", "max_tokens"]


def test_a_late_refusal_does_not_undo_a_step_down() -> None:
    expected = Dialect(token_limit_field="max_tokens")
    refusal = Failure(status=400, message="response_format is not supported")
    lowest = replace(expected, answer_format="text")
    assert lowest.after_refusal(sent=expected, failure=refusal, with_schema=True) == lowest
