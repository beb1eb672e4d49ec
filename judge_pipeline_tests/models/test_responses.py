"""What servers send with HTTP 200: lists of parts, JSON under any content type, pages, large headers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointUnreachable, ModelUnavailable
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import PLAIN, QUICK, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, completion

PAGE = StubReply("<!doctype html><title>Just a moment...</title>Checking your browser")
ONE_RETRY = RetryPolicy(waits_seconds=(0.01,))

CONTENTS: dict[str, Any] = {
    "Mistral's reasoning": [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Let me look."}]},
        {"type": "text", "text": "A cat."},
    ],
    "Anthropic's thinking": [
        {"type": "thinking", "thinking": "Let me look.", "signature": "x"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "A cat."},
    ],
    "Google's thought": [{"text": "Let me look.", "thought": True}, {"text": "A cat."}],
    "OpenAI's responses": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Let me look."}]},
        {"type": "output_text", "text": "A cat."},
    ],
    "chunks": [
        {"type": "text", "text": "A "},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": "cat."},
    ],
    "texts": ["A ", "cat."],
    "one part": {"type": "text", "text": "A cat."},
    "a text with a value": [{"type": "text", "text": {"value": "A cat.", "annotations": []}}],
    "content in a part": [{"type": "text", "content": "A cat."}],
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_the_text_parts_are_the_answer_and_thinking_is_left_out(ask: Ask, stub: StubServer, content: Any) -> None:
    stub.replies.append(completion(content))
    assert ask()[0].text == "A cat."
    assert len(stub.bodies) == 1


def test_json_in_the_thinking_part_alone_answers_a_question_with_a_schema(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion([{"type": "thinking", "thinking": '{"x": "1"}'}]))  # type: ignore[arg-type]
    assert ask(WITH_SCHEMA)[0].text == '{"x": "1"}'


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/html; charset=utf-8", "application/octet-stream", "text/event-stream", ""]
)
def test_json_is_read_whatever_its_content_type(ask: Ask, stub: StubServer, content_type: str) -> None:
    stub.replies.append(replace(completion("A dog."), headers={"content-type": content_type}))
    assert ask()[0].text == "A dog."
    assert len(stub.bodies) == 1


def test_json_after_a_byte_order_mark_and_empty_lines_is_read(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(StubReply('\ufeff\n\n {"choices": [{"message": {"content": "A dog."}}]}\n'))
    assert ask()[0].text == "A dog."


def test_an_answer_with_a_header_of_9_kb_is_read(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(replace(completion("A dog."), headers={"x-debug-trace": "a" * 9_000}))
    assert ask()[0].text == "A dog."
    many = {f"x-trace-{number}": "a" * 50 for number in range(300)}
    stub.replies.append(replace(completion("A dog."), headers=many))
    assert ask()[0].text == "A dog."


def test_a_header_that_is_too_large_to_read_is_reported_with_the_endpoint(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([replace(completion(), headers={"x-debug-trace": "a" * 300_000})] * 2)
    with pytest.raises(ModelUnavailable, match=r"^LLM1 \(http.*when reading") as raised:
        ask(retry_policy=ONE_RETRY)
    assert len(str(raised.value)) < 600


def test_pages_that_stay_stop_the_run_and_are_quoted(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([PAGE] * 6)
    with pytest.raises(EndpointUnreachable, match=r"a web page: Just a moment.*check LLM1__BASE_URL"):
        ask()
    assert len(stub.bodies) == 6
    stub.rule = lambda request: StubReply(None)
    with pytest.raises(EndpointUnreachable, match="null"):
        ask(retry_policy=ONE_RETRY)


def test_a_question_that_only_gets_pages_fails_alone_while_others_are_answered(
    stub: StubServer, endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    """A firewall that dislikes one request does not take the run down."""
    stub.rule = lambda request: PAGE if "SELECT" in str(request.body["messages"]) else None

    async def both() -> list[ModelAnswer | BaseException]:
        async with ModelClient(endpoint(), retry_policy=QUICK) as client:
            questions = (replace(PLAIN, text="SELECT 1"), PLAIN)
            return await asyncio.gather(*(client.ask(each, image) for each in questions), return_exceptions=True)

    refused, answer = asyncio.run(both())
    assert isinstance(refused, ModelUnavailable)
    assert isinstance(answer, ModelAnswer)
