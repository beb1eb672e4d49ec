"""Each kind of server is asked in its own way: at once if its address shows the kind, otherwise after one refusal."""

from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.chat_request import chat_request
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest, ModelUnavailable
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline_tests.models.conftest import PLAIN, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.providers import (
    Rule,
    llama_cpp,
    old_azure,
    ollama,
    openai,
    openrouter,
    vllm,
)
from judge_pipeline_tests.models.stub_server import StubReply, StubRequest, StubServer, completion, failure

ADDRESSES = {
    "https://api.openai.com/v1": openai,
    "https://eu.api.openai.com/v1": openai,
    "https://mine.openai.azure.com/openai/v1": openai,
    "https://mine.services.ai.azure.com/openai/v1": openai,
    "http://127.0.0.1:8000/v1": vllm,
    "http://127.0.0.1:11434/v1": ollama,
}


def body_for(base_url: str, image: PreparedImage, **settings: Any) -> dict[str, Any]:
    endpoint = Endpoint("JUDGE", base_url, "m", **settings)
    return chat_request(WITH_SCHEMA, image, endpoint=endpoint, dialect=Dialect.for_endpoint(endpoint))


def formats(stub: StubServer) -> list[str | None]:
    return [(body.get("response_format") or {}).get("type") for body in stub.bodies]


@pytest.mark.parametrize(("base_url", "server"), ADDRESSES.items())
def test_the_first_question_already_suits_the_server(base_url: str, server: Rule, image: PreparedImage) -> None:
    reply = server(StubRequest("/v1/chat/completions", {}, body_for(base_url, image)))
    assert reply is not None
    assert (reply.status, reply.body["choices"][0]["finish_reason"]) == (200, "stop")


def test_openrouter_must_choose_a_provider_that_supports_the_schema(image: PreparedImage) -> None:
    endpoint = Endpoint("JUDGE", "https://openrouter.ai/api/v1", "m")
    dialect = Dialect.for_endpoint(endpoint)
    body = chat_request(WITH_SCHEMA, image, endpoint=endpoint, dialect=dialect)
    assert body["provider"] == {"require_parameters": True}
    for without in (
        chat_request(PLAIN, image, endpoint=endpoint, dialect=dialect),
        chat_request(WITH_SCHEMA, image, endpoint=endpoint, dialect=replace(dialect, answer_format="text")),
    ):
        assert "provider" not in without


def test_extra_fields_are_sent_and_override_the_profile(image: PreparedImage) -> None:
    thinking = {"chat_template_kwargs": {"enable_thinking": False}}
    body = body_for("http://127.0.0.1:8000/v1", image, extra_body=thinking, temperature=0.2)
    assert (body["chat_template_kwargs"], body["temperature"]) == ({"enable_thinking": False}, 0.2)
    mine = {"provider": {"order": ["one"]}}
    assert body_for("https://openrouter.ai/api/v1", image, extra_body=mine)["provider"] == {"order": ["one"]}
    assert "temperature" not in body_for("https://api.openai.com/v1", image)


@pytest.mark.parametrize(
    ("server", "sent", "answer"),
    [
        (openai, ["json_schema", "json_schema", "json_schema"], '{"x": "a cat"}'),
        (old_azure, ["json_schema", "json_object", "json_object", "json_object"], "A cat."),
        (vllm, ["json_schema", "json_schema"], '{"x": "a cat"}'),
        (ollama, ["json_schema", "json_schema"], '{"x": "a cat"}'),
        (llama_cpp, ["json_schema", "json_object", "json_object"], '{"x": "a cat"}'),
    ],
)
def test_at_an_unknown_address_one_refusal_teaches_each_difference(
    ask: Ask, stub: StubServer, server: Rule, sent: list[str], answer: str
) -> None:
    """As behind a private gateway: the second question is right the first time."""
    stub.rule = server
    assert [found.text for found in ask(WITH_SCHEMA, WITH_SCHEMA)] == [answer, answer]
    assert formats(stub) == sent


def test_openrouter_without_a_provider_for_schemas_is_asked_without_a_format(ask: Ask, stub: StubServer) -> None:
    stub.rule = openrouter
    required = {"provider": {"require_parameters": True}}
    assert [found.text for found in ask(WITH_SCHEMA, WITH_SCHEMA, extra_body=required)] == ["A cat."] * 2
    assert formats(stub) == ["json_schema", "json_object", None, None]


def test_a_refused_temperature_is_reported_with_its_setting(ask: Ask, stub: StubServer) -> None:
    """The user set it, so it is not dropped silently."""
    stub.rule = openai
    with pytest.raises(BadRequest, match="unset LLM1__TEMPERATURE, because this model does not let it be changed"):
        ask(temperature=0.2, token_limit_field="max_completion_tokens")


def test_a_provider_that_fails_behind_openrouter_is_asked_again(ask: Ask, stub: StubServer) -> None:
    inside = completion(None, finish_reason="error")
    inside.body["choices"][0]["error"] = {"code": 503, "message": "Provider returned error"}
    stub.replies.extend([StubReply({"error": {"code": 502, "message": "Provider returned error"}}), inside])
    assert ask()[0].text == "A cat."
    assert len(stub.bodies) == 3
    stub.replies.extend([StubReply({"error": {"message": "no"}})] * 2)
    with pytest.raises(ModelUnavailable, match="HTTP 502: no"):
        ask(retry_policy=RetryPolicy(waits_seconds=(0.01,)))


def test_a_context_that_is_too_small_is_reported_in_the_servers_words(ask: Ask, stub: StubServer) -> None:
    error = {
        "code": 400,
        "message": "the request exceeds the available context size",
        "type": "exceed_context_size_error",
    }
    stub.replies.append(StubReply({"error": error}, status=400))
    with pytest.raises(BadRequest, match="the request exceeds the available context size"):
        ask()


def test_a_code_that_is_a_number_is_read_like_any_other(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(failure(400, "no", code=400))
    with pytest.raises(BadRequest, match="HTTP 400"):
        ask()
