"""Asks one endpoint, a second time when the answer was cut off or empty, and checks it without cost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from judge_pipeline.domain.model_answer import ModelAnswer, Question
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.batch_asker import BatchAsker, BatchPlace
from judge_pipeline.models.caller import Caller
from judge_pipeline.models.circuit_breaker import LOADING_SECONDS, OUTAGE_SECONDS
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint, lack_of_logprobs
from judge_pipeline.models.exchange import MODEL_RETRIES, Failure
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_list import unlisted, without_list
from judge_pipeline.models.overload import is_loading
from judge_pipeline.models.rate_limiter import RateLimiter
from judge_pipeline.models.replies import read_replies, second_try
from judge_pipeline.models.spending_limits import SpendingLimits

if TYPE_CHECKING:
    from judge_pipeline.models.sdk_connection import SdkConnection


class ModelClient:
    """One endpoint, used within `async with` and one event loop.

    Everything that asks this endpoint shares one client, and so its rate limiter. It keeps what it learned of the server's dialect.
    The clients of one run share `spending_limits`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        spending_limits: SpendingLimits | None = None,
        retry_policy: RetryPolicy = MODEL_RETRIES,
        outage_seconds: float = OUTAGE_SECONDS,
    ) -> None:
        self.endpoint = endpoint
        self._spending_limits = spending_limits or SpendingLimits()
        self._retry_policy = retry_policy
        self._outage_seconds = outage_seconds
        self._dialect = Dialect.for_endpoint(endpoint)
        self._unsure_answers = 0
        self._caller: Caller | None = None
        self._connection: SdkConnection | None = None

    async def __aenter__(self) -> Self:
        from judge_pipeline.models.sdk_connection import SdkConnection

        self._connection = SdkConnection(self.endpoint)
        self._caller = Caller(
            self.endpoint,
            self._dialect,
            self._connection.complete,
            retry_policy=self._retry_policy,
            outage_seconds=self._outage_seconds,
            spending_limits=self._spending_limits,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, caller = self._opened()
        self._dialect = caller.dialect
        self._connection = self._caller = None
        await connection.close()

    def __repr__(self) -> str:
        return f"ModelClient({self.endpoint})"

    @property
    def dialect(self) -> Dialect:
        """What is known of the server's dialect."""
        return self._caller.dialect if self._caller else self._dialect

    async def ask(
        self,
        question: Question,
        image: PreparedImage,
        *,
        save: Callable[[ModelAnswer], Awaitable[None]] | None = None,
        place: BatchPlace | None = None,
    ) -> ModelAnswer:
        """The model's answer. If it was cut off or empty, the question is asked a second time.

        With a `place` it may come from a model batch.

        The question keeps its slot until `save` has saved the answer, so a killed process loses no more answers than it
        may have requests in flight.

        Raises:
            Unanswered: the model was called and gave no answer.
            ModelUnavailable: the retries are used up.
            BadRequest: the server rejects the question.
            EndpointUnusable: no question can succeed here, or none may be asked any more.
            AnswerPending: it will come in a model batch.
        """
        _, caller = self._opened()
        asker = BatchAsker(self.endpoint, caller, self._spending_limits)
        async with AsyncExitStack() as slot:
            first = await asker.reply(question, image, place) if place else None
            collected = [first] if first else []
            replies = [first or await caller.reply(question, image, slot)]
            if again := second_try(question, replies[0]):
                await slot.aclose()
                second = await asker.reply(again, image, place, is_second_try=True) if place and first else None
                collected += [second] if second else []
                replies.append(second or await caller.reply(again, image, slot))
            self._spending_limits.count_collected(collected)
            answer = read_replies(replies, question=question, endpoint=self.endpoint)
            if self.endpoint.logprobs and question.choice_key and answer.choice_probability is None:
                self._unsure_answers += 1
            if save:
                await save(answer)
            return answer

    @property
    def rate_limiter(self) -> RateLimiter:
        """What all questions to this endpoint go through."""
        _, caller = self._opened()
        return caller.rate_limiter

    @property
    def slowness(self) -> str:
        """A sentence about a server that was too slow for as many requests at once as it may get; empty if it was not."""
        _, caller = self._opened()
        endpoint, lowest = self.endpoint, caller.rate_limiter.concurrency.lowest_limit
        if lowest == endpoint.concurrency:
            return ""
        return (
            f"{endpoint} was too slow for {endpoint.concurrency} requests at once within {endpoint.timeout_seconds:g} s, and got as "
            f"few as {lowest}; set {endpoint.name}__CONCURRENCY={lowest} to begin with that, or raise {endpoint.name}__TIMEOUT_SECONDS"
        )

    @property
    def without_logprobs(self) -> str:
        """A sentence about answers without the log-probabilities that were asked for; empty if there were none."""
        return lack_of_logprobs(self.endpoint, self._unsure_answers) if self._unsure_answers else ""

    def stop(self, error: Exception) -> None:
        """Sends no more questions: each one not sent yet raises `error`."""
        _, caller = self._opened()
        caller.rate_limiter.close(error)

    async def check(self, *, must_be_listed: bool = False, waits: bool = False) -> str:
        """Checks without cost, by the list of models, that the endpoint can be used; returns what could not be checked.

        If it `waits`, then while the server says, instead of listing its models, that it is loading one; at most `LOADING_SECONDS`.
        The text is empty if the model is listed, else a sentence: servers without a list, with routing suffixes or with
        wildcards are tried by the first question, unless the model `must_be_listed` where there is a list.

        Raises:
            EndpointUnusable: it cannot be reached, rejects the key, has no API at this address, or does not list a model
                that must be.
        """
        connection, _ = self._opened()
        names = await (self._names_once_loaded(connection) if waits else connection.model_names())
        if isinstance(names, Failure):
            return without_list(names, endpoint=self.endpoint)
        return unlisted(names, endpoint=self.endpoint, must_be_listed=must_be_listed)

    async def _names_once_loaded(self, connection: "SdkConnection") -> list[str] | Failure:
        wait_seconds = max(self._retry_policy.waits_seconds, default=0.5)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOADING_SECONDS):
                while isinstance(names := await connection.model_names(), Failure) and is_loading(names):
                    await asyncio.sleep(names.retry_after_seconds or wait_seconds)
                return names
        return await connection.model_names()

    def _opened(self) -> "tuple[SdkConnection, Caller]":
        if self._connection is None or self._caller is None:
            raise RuntimeError("a ModelClient must be used within `async with`")
        return self._connection, self._caller
