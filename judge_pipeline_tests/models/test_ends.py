"""Every way in which a question can end without an answer."""

import pytest

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.endpoint import Price
from judge_pipeline.models.errors import (
    AuthenticationFailed,
    BadRequest,
    CutOff,
    EmptyAnswer,
    EndpointDown,
    EndpointUnreachable,
    EndpointUnusable,
    Filtered,
    ModelBatchRefused,
    ModelError,
    ModelNotFound,
    QuotaExhausted,
    Refused,
    SameAnswers,
    SpendingLimitReached,
    SpendingLimitUnusable,
)
from judge_pipeline_tests.models.conftest import KEY, PLAIN, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, completion, failure


def test_a_truncated_answer_is_requested_again_with_twice_the_tokens(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion("A cat on", finish_reason="length"))
    (answer,) = ask()
    assert answer.text == "A cat."
    assert answer.usage == Usage(200, 40), "both calls are paid"
    assert [body["max_tokens"] for body in stub.bodies] == [50, 100]


def test_an_answer_that_is_truncated_twice_is_an_error(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([completion("A cat on", finish_reason="length"), completion(None, finish_reason="length")])
    with pytest.raises(CutOff, match="100 tokens") as raised:
        ask(price=Price(1, 1))
    assert raised.value.usage == Usage(200, 40)
    assert raised.value.cost_usd == pytest.approx(0.00024)


@pytest.mark.parametrize(
    "content",
    [None, "", " \n", "Failed to get resp", "\u200b\u200b", ".", "N/A", "[Insert caption here]", "<think>\n</think>"],
)
def test_an_empty_answer_is_requested_again(ask: Ask, stub: StubServer, content: str | None) -> None:
    stub.replies.append(completion(content))
    assert ask()[0].text == "A cat."
    stub.replies.extend([completion(content), completion(content), completion("too late")])
    with pytest.raises(EmptyAnswer, match="LLM1"):
        ask()


def test_an_answer_without_choices_is_empty(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([StubReply({"id": "1", "object": "chat.completion", "model": "m", "choices": []})] * 2)
    with pytest.raises(EmptyAnswer):
        ask()


def test_the_refusal_field_is_a_refusal(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion(None, refusal="I can't look at this."))
    with pytest.raises(Refused, match="can't look at this") as raised:
        ask()
    assert raised.value.text == "I can't look at this."
    assert len(stub.bodies) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that request.",
        "I\u2019m sorry, I can\u2019t help with identifying people in photographs.",
        "Sorry, I cannot describe this image.",
        "I can't help with that.",
        "<think>They want a caption.</think>\n\nI'm sorry, I can't help with that.",
        '"I\u2019m unable to caption this image."',
        "Lo siento, no puedo ayudar con eso.",
        "I'm happy to help, but I don't see an image.",
        "I am unable to view images directly.",
        "I apologize, but I'm not able to provide a description of this image.",
        "Unfortunately, I cannot process this image.",
    ],
)
def test_a_refusal_in_plain_words_is_a_refusal(ask: Ask, stub: StubServer, text: str) -> None:
    """Providers send it with HTTP 200 and "stop"; as a caption it would be judged."""
    stub.replies.append(completion(text))
    with pytest.raises(Refused):
        ask()


@pytest.mark.parametrize(
    "text",
    [
        "A sign that says: I can't help falling in love.",
        "Unfortunately named coffee shop with a cat in the window.",
        "An apologetic dog beside a torn pillow.",
        "Sorry-looking bicycle without a front wheel against a wall.",
        "A cat. I cannot identify its breed.",
        '{"improvement": "I cannot identify the dog\'s breed"}',
    ],
)
def test_a_caption_that_sounds_like_a_refusal_is_an_answer(ask: Ask, stub: StubServer, text: str) -> None:
    stub.replies.append(completion(text))
    assert ask()[0].text == text


def test_the_content_filter_has_its_own_error(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion("A ca", finish_reason="content_filter"))
    with pytest.raises(Filtered, match="content filter"):
        ask()
    stub.replies.append(failure(400, "The prompt was filtered", code="content_filter"))
    with pytest.raises(Filtered, match="The prompt was filtered"):
        ask()


def test_json_in_the_reasoning_answers_a_question_with_a_schema(ask: Ask, stub: StubServer) -> None:
    """Servers with a reasoning parser put it there."""
    stub.replies.append(completion(None, reasoning_content='{"x": "1"}'))
    assert ask(WITH_SCHEMA)[0].text == '{"x": "1"}'
    stub.replies.append(completion(None, reasoning='{"x": "2"}'))
    assert ask(WITH_SCHEMA)[0].text == '{"x": "2"}'


def test_prose_in_the_reasoning_is_not_a_caption(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([completion(None, reasoning_content="Let me look at the cat.")] * 2)
    with pytest.raises(EmptyAnswer):
        ask(PLAIN)


@pytest.mark.parametrize(
    ("reply", "end", "says"),
    [
        (failure(401, f"Incorrect API key provided: {KEY}"), AuthenticationFailed, "check LLM1__API_KEY"),
        (failure(403, "no access"), AuthenticationFailed, "check LLM1__API_KEY"),
        (failure(400, "API key not valid. Please pass a valid API key."), AuthenticationFailed, "check LLM1__API_KEY"),
        (failure(429, "You exceeded your quota", code="insufficient_quota"), QuotaExhausted, "add credit"),
        (failure(429, "You exceeded your quota", type="insufficient_quota"), QuotaExhausted, "add credit"),
        (failure(402, "Insufficient Balance"), QuotaExhausted, "Insufficient Balance"),
        (failure(404, "The model `stub` does not exist", code="model_not_found"), ModelNotFound, "set LLM1__MODEL"),
        (StubReply({"detail": "Not Found"}, status=404), EndpointUnreachable, "usually ends in /v1"),
        (failure(400, "image too small"), BadRequest, "image too small"),
        (failure(413, "too large"), BadRequest, "too large"),
        (StubReply({"detail": [{"msg": "Field required"}]}, status=422), BadRequest, "Field required"),
    ],
)
def test_a_permanent_failure_is_raised_at_once(
    ask: Ask, stub: StubServer, reply: StubReply, end: type[ModelError], says: str
) -> None:
    stub.replies.append(reply)
    with pytest.raises(end, match=r"LLM1 \(http://127\.0\.0\.1:\d+/v1, model stub\)") as raised:
        ask()
    assert type(raised.value) is end
    assert says in str(raised.value)
    assert len(stub.bodies) == 1, "asking again would not help"


def test_only_failures_of_the_endpoint_stop_a_run() -> None:
    about_the_server = {
        AuthenticationFailed,
        EndpointDown,
        EndpointUnreachable,
        ModelBatchRefused,
        ModelNotFound,
        QuotaExhausted,
        SameAnswers,
    }
    about_the_run = {SpendingLimitReached, SpendingLimitUnusable}
    assert set(EndpointUnusable.__subclasses__()) == about_the_server | about_the_run
