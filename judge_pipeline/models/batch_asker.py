"""A question whose answer comes in a model batch: noted once, awaited, and then read as a live reply is."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from judge_pipeline.domain.model_answer import Question
from judge_pipeline.models.caller import Caller
from judge_pipeline.models.chat_request import chat_request
from judge_pipeline.models.cost import batch_cost_usd, batch_price_usd
from judge_pipeline.models.dialect import UNTEACHING, Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import AnswerPending, EndpointUnusable, ModelError
from judge_pipeline.models.exchange import MODEL_BATCH_ATTEMPTS, Failure, Outcome, Reply
from judge_pipeline.models.failures import describe, final_error, unanswered_in_batches
from judge_pipeline.models.format_doubts import STRIKES, FormatDoubts
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.spending_limits import SpendingLimits


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question that has been noted before.

    `is_pending`: an answer is on its way. Otherwise there is an `outcome`, or `attempts` batches gave none. `sent` is how the
    server was asked.
    """

    is_pending: bool
    attempts: int = 0
    outcome: Outcome | None = None
    sent: Dialect | None = None


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question for the next batch: its `body`, what it was `sent` with, and what it may cost, None if prices are unknown."""

    id: str
    fingerprint: str
    endpoint: Endpoint
    body: Callable[[], Mapping[str, Any]]
    sent: Dialect
    reserved_usd: float | None


class NoteBook(Protocol):
    """The questions of one tag for one asset."""

    async def find(self, question_id: str) -> KnownQuestion | None:
        """The question, if it has been noted; the tag waits for it if it is pending."""

    async def note(self, question: NewQuestion) -> bool:
        """Notes the question for the next batch; False if another one has noted it in the meantime, or it is answered."""

    async def discard(self, question_id: str) -> None:
        """Forgets an outcome that is of no use."""


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a question is noted, and what is called before it may cost anything."""

    notes: NoteBook
    fingerprint: str
    before_paying: Callable[[], Awaitable[None]] | None = None

    def question_id(self, *, is_second_try: bool) -> str:
        """The fingerprint, or an id of the same length: Together takes 64 characters."""
        if not is_second_try:
            return self.fingerprint
        return hashlib.sha256(f"{self.fingerprint}, second try".encode()).hexdigest()


class BatchAsker:
    """Asks one endpoint in model batches. What it learns of the server's dialect, live questions use too, and vice versa."""

    def __init__(self, endpoint: Endpoint, caller: Caller, spending_limits: SpendingLimits) -> None:
        self._endpoint = endpoint
        self._caller = caller
        self._spending_limits = spending_limits

    async def reply(
        self, question: Question, image: PreparedImage, place: BatchPlace, *, is_second_try: bool = False
    ) -> Reply | None:
        """The reply from a batch, with its cost; None if the question has to be asked live.

        A live endpoint takes what batches have answered, and waits for what they will answer: both are paid for.

        Raises:
            AnswerPending: it is not there yet. The same errors as for a live question.
        """
        question_id = place.question_id(is_second_try=is_second_try)
        found = await place.notes.find(question_id)
        sent = self._caller.dialect
        if found and found.is_pending:
            raise AnswerPending(self._endpoint)
        if found and isinstance(found.outcome, Reply):
            return self._read(found.outcome, found.sent or sent, question, image)
        may_be_live = self._endpoint.mode == "live"
        if found and isinstance(found.outcome, Failure):
            sent, may_pass = await self._after(found.outcome, found.sent or sent, question, question_id, place)
            may_be_live = may_be_live or may_pass
        elif found and found.attempts >= MODEL_BATCH_ATTEMPTS:
            may_be_live = may_be_live or self._endpoint.batch_then_live
        if place.before_paying:
            await place.before_paying()
        if may_be_live:
            return None
        await self._note(question, image, place, question_id, sent)
        raise AnswerPending(self._endpoint)

    def _read(self, reply: Reply, sent: Dialect, question: Question, image: PreparedImage) -> Reply:
        self._caller.dialect = self._caller.dialect.at_most(sent.answer_format)
        if used := reply.usage.total_tokens:
            self._caller.estimate.learn(question, image, tokens=used)
        return replace(reply, cost_usd=batch_cost_usd(reply, self._endpoint))

    async def _after(
        self, failure: Failure, sent: Dialect, question: Question, question_id: str, place: BatchPlace
    ) -> tuple[Dialect, bool]:
        """How to ask again after a failure, and whether that may be done live; raises its error if asking again is of no use."""
        try:
            dialect = self._next_dialect(failure, sent, question)
        except EndpointUnusable:  # a person repairs that, and then the same question is asked again
            await place.notes.discard(question_id)
            raise
        if dialect is None and not self._endpoint.batch_then_live:
            last = describe(failure, endpoint=self._endpoint, hidden=(question.text, question.system))
            raise unanswered_in_batches(self._endpoint, last, batches=MODEL_BATCH_ATTEMPTS)
        await place.notes.discard(question_id)
        return dialect or sent, dialect is None

    def _next_dialect(self, failure: Failure, sent: Dialect, question: Question) -> Dialect | None:
        """A dialect that has not been refused yet; None after a failure that may pass. Raises the error of any other."""
        has_schema = question.schema is not None
        self._caller.dialect = self._caller.dialect.after_refusal(sent=sent, failure=failure, with_schema=has_schema)
        learned = sent.after_refusal(sent=sent, failure=failure, with_schema=has_schema)
        if learned != sent and failure.status not in UNTEACHING:
            return learned
        hidden = (question.text, question.system)
        error: ModelError | None = final_error(failure, endpoint=self._endpoint, hidden=hidden)
        if has_schema:
            doubts = FormatDoubts(_strikes=STRIKES - 1)
            error = doubts.reconsider(error, failure, sent=sent)
            if doubts.answer_format:
                return doubts.of(sent)
        if error:
            raise error
        return None

    async def _note(
        self, question: Question, image: PreparedImage, place: BatchPlace, question_id: str, sent: Dialect
    ) -> None:
        self._caller.rate_limiter.check_open()
        usd = batch_price_usd(self._caller.estimate.usage_of(question, image), self._endpoint)
        async with self._spending_limits.call(self._endpoint, usd=usd) as call:
            new = NewQuestion(
                question_id,
                place.fingerprint,
                self._endpoint,
                lambda: chat_request(question, image, endpoint=self._endpoint, dialect=sent),
                sent,
                usd,
            )
            if await place.notes.note(new):
                call.noted(usd)
