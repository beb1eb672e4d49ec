"""A question is noted for a batch once, awaited, and its outcome read as a live reply is."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, Question, Usage
from judge_pipeline.models.batch_asker import BatchPlace, KnownQuestion, NewQuestion
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.models.errors import (
    AnswerPending,
    AuthenticationFailed,
    BadRequest,
    CutOff,
    ModelUnavailable,
    Refused,
    SpendingLimitReached,
)
from judge_pipeline.models.exchange import Failure, Outcome, Reply
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline_tests.models.conftest import PLAIN, QUICK, WITH_SCHEMA
from judge_pipeline_tests.models.stub_server import StubServer

FINGERPRINT = "f" * 64
REPLY = Reply("A cat.", "", "", "stop", "stub-2026", Usage(100, 20), 0.0)
NO_SCHEMA = Failure(400, "response_format json_schema is not supported")


@dataclass
class Notes:
    """A tag's questions in memory: what was sent, and how."""

    known: dict[str, KnownQuestion] = field(default_factory=dict)
    bodies: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    sent: Dialect | None = None
    reserved: list[float | None] = field(default_factory=list)

    async def find(self, question_id: str) -> KnownQuestion | None:
        return self.known.get(question_id)

    async def note(self, question: NewQuestion) -> bool:
        assert question.fingerprint == FINGERPRINT
        self.known[question.id] = KnownQuestion(is_pending=True)
        self.bodies.append((question.id, question.body()))
        self.reserved.append(question.reserved_usd)
        self.sent = question.sent
        return True

    async def discard(self, question_id: str) -> None:
        del self.known[question_id]

    def settle(self, outcome: Outcome) -> None:
        """The last question has this outcome."""
        self.known[self.bodies[-1][0]] = KnownQuestion(False, outcome=outcome, sent=self.sent)


class Asker:
    """A client of an endpoint in batch mode, new for each question as in separate runs."""

    def __init__(self, endpoint: Callable[..., Endpoint], image: PreparedImage) -> None:
        self.notes = Notes()
        self.paid = 0
        self._endpoint = endpoint
        self._image = image

    def __call__(
        self, question: Question = PLAIN, *, limits: SpendingLimits | None = None, **settings: Any
    ) -> ModelAnswer:
        async def before_paying() -> None:
            self.paid += 1

        async def once() -> ModelAnswer:
            endpoint = self._endpoint(**{"mode": "batch", **settings})
            async with ModelClient(endpoint, spending_limits=limits, retry_policy=QUICK) as client:
                return await client.ask(question, self._image, place=BatchPlace(self.notes, FINGERPRINT, before_paying))

        return asyncio.run(once())

    def note(self, question: Question = PLAIN, **settings: Any) -> None:
        """Asks, for nothing but the noting."""
        count = len(self.notes.bodies)
        with pytest.raises(AnswerPending):
            self(question, **settings)
        assert len(self.notes.bodies) == count + 1


@pytest.fixture
def ask(endpoint: Callable[..., Endpoint], image: PreparedImage) -> Asker:
    return Asker(endpoint, image)


def test_a_question_is_noted_once_and_its_answer_costs_the_batch_price(
    ask: Asker, stub: StubServer, image: PreparedImage
) -> None:
    price = Price(2.0, 10.0)
    ask.note(price=price)
    assert ask.notes.bodies[0][0] == FINGERPRINT
    assert ask.notes.bodies[0][1]["messages"][1]["content"][0]["image_url"]["url"] == image.data_uri
    with pytest.raises(AnswerPending, match="waits for a model batch of LLM1"):
        ask(price=price)
    assert (len(ask.notes.bodies), ask.paid) == (1, 1)
    ask.notes.settle(REPLY)
    limits = SpendingLimits(max_model_calls=1)
    answer = ask(price=price, limits=limits)
    assert (answer.text, answer.model, limits.calls) == ("A cat.", "stub-2026", 0)
    assert answer.cost_usd == limits.spent.cost_usd == pytest.approx(0.0002)
    assert (stub.bodies, ask.paid) == ([], 1)


def test_a_cut_off_answer_is_asked_again_with_more_tokens_in_the_next_batch(ask: Asker, stub: StubServer) -> None:
    ask.note()
    ask.notes.settle(replace(REPLY, finish_reason="length"))
    ask.note()
    (first, one), (second, two) = ask.notes.bodies
    assert (len(second), second == first) == (64, False)
    assert two["max_tokens"] == 2 * one["max_tokens"]
    ask.notes.settle(REPLY)
    assert ask().usage == Usage(200, 40)
    ask.notes.settle(replace(REPLY, finish_reason="length"))
    with pytest.raises(CutOff):
        ask()
    assert stub.bodies == []


@pytest.mark.parametrize(
    ("outcome", "error", "again"),
    [
        (replace(REPLY, refusal="I cannot."), Refused, False),
        (Failure(400, "this image is damaged"), BadRequest, False),
        (Failure(429, "slow down"), ModelUnavailable, False),
        (Failure(None, "no line"), ModelUnavailable, False),
        (Failure(401, "no such key"), AuthenticationFailed, True),
    ],
)
def test_an_outcome_is_the_error_that_it_is_live(
    ask: Asker, outcome: Outcome, error: type[Exception], again: bool
) -> None:
    """A failure that a person repairs in the settings is forgotten; others stay until the tag's failure is saved."""
    ask.note()
    ask.notes.settle(outcome)
    with pytest.raises(error):
        ask()
    assert (FINGERPRINT not in ask.notes.known) == again


def test_a_refused_answer_format_is_stepped_down_from_in_the_next_batches(ask: Asker) -> None:
    """Each run begins with the endpoint's own dialect: what was sent is kept with the question."""
    for _ in range(2):
        ask.note(WITH_SCHEMA)
        ask.notes.settle(NO_SCHEMA)
    ask.note(WITH_SCHEMA)
    formats = [body.get("response_format", {}).get("type") for _, body in ask.notes.bodies]
    assert formats == ["json_schema", "json_object", None]
    ask.notes.settle(replace(NO_SCHEMA, message="the picture is damaged"))
    with pytest.raises(BadRequest, match="damaged"):
        ask(WITH_SCHEMA)


def test_other_questions_of_a_run_use_what_it_has_learned(
    endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    notes = Notes()

    async def run() -> None:
        async with ModelClient(endpoint(mode="batch")) as client:
            for known in (KnownQuestion(False, outcome=NO_SCHEMA), None):
                notes.known = {FINGERPRINT: known} if known else {}
                with pytest.raises(AnswerPending):
                    await client.ask(WITH_SCHEMA, image, place=BatchPlace(notes, FINGERPRINT))

    asyncio.run(run())
    assert [body["response_format"]["type"] for _, body in notes.bodies] == ["json_object", "json_object"]


@pytest.mark.parametrize(
    "known", [KnownQuestion(False, attempts=3), KnownQuestion(False, outcome=Failure(503, "busy"))]
)
def test_what_three_batches_did_not_answer_is_asked_live_if_a_setting_says_so(
    ask: Asker, stub: StubServer, known: KnownQuestion
) -> None:
    ask.notes.known[FINGERPRINT] = known
    assert ask(batch_then_live=True).text
    assert (len(stub.bodies), ask.notes.bodies, ask.paid) == (1, [], 1)


def test_a_live_endpoint_takes_and_awaits_what_batches_answer(ask: Asker, stub: StubServer) -> None:
    ask.notes.known[FINGERPRINT] = KnownQuestion(is_pending=True)
    with pytest.raises(AnswerPending):
        ask(mode="live")
    ask.notes.known[FINGERPRINT] = KnownQuestion(False, outcome=REPLY)
    assert ask(mode="live").text == "A cat."
    assert stub.bodies == []
    del ask.notes.known[FINGERPRINT]
    assert ask(mode="live").model == "stub-2026"
    assert len(stub.bodies) == 1


def test_noted_questions_count_towards_the_limits_at_what_they_may_cost(ask: Asker) -> None:
    price = Price(1_000.0, 10_000.0)
    ask.note(price=price)
    (usd,) = ask.notes.reserved
    assert usd is not None
    assert usd > 0.25  # 50 tokens of answer alone, at half the price
    limits = SpendingLimits(max_cost_usd=2.5 * usd)
    for _ in range(2):
        ask.notes.known.clear()
        ask.note(price=price, limits=limits)
    ask.notes.known.clear()
    with pytest.raises(SpendingLimitReached):
        ask(price=price, limits=limits)
    assert "0 model calls, 0 tokens, $0.0000, and 2 questions for model batches, at most $" in str(limits)
    limits.give_back(questions=1, usd=usd)
    ask.note(price=price, limits=limits)


def test_a_client_that_was_stopped_notes_nothing(endpoint: Callable[..., Endpoint], image: PreparedImage) -> None:
    notes = Notes()

    async def run() -> None:
        async with ModelClient(endpoint(mode="batch")) as client:
            client.stop(RuntimeError("stopped"))
            await client.ask(PLAIN, image, place=BatchPlace(notes, FINGERPRINT))

    with pytest.raises(RuntimeError, match="stopped"):
        asyncio.run(run())
    assert notes.bodies == []
