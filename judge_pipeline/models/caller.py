"""One question put to an endpoint: within the spending limits, through the rate limiter, retried where that may help."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from judge_pipeline.domain.model_answer import Question
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.chat_request import chat_request
from judge_pipeline.models.circuit_breaker import FIRST_PROBE_SECONDS, CircuitBreaker
from judge_pipeline.models.dialect import REFUSALS, Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure, Outcome, Reply
from judge_pipeline.models.failures import endpoint_down, lasting_end, seen, unavailable
from judge_pipeline.models.image_preparation import PreparedImage
from judge_pipeline.models.price_list import cost_usd
from judge_pipeline.models.rate_limiter import DownTooLong, Passage, RateLimiter
from judge_pipeline.models.retries import LARGEST_JITTER
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.models.token_estimate import TokenEstimate

Complete = Callable[[Mapping[str, Any]], Awaitable[Outcome]]
"""Sends the body of one chat completion."""


@dataclass(slots=True)
class _Effort:
    """What one question has taken so far. `failures` are those that it is blamed for."""

    began_at: float | None = None
    requests: int = 0
    failures: int = 0


class Caller:
    """Shared by all who ask one endpoint, in one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        complete: Complete,
        *,
        retry_policy: RetryPolicy,
        outage_seconds: float,
        spending_limits: SpendingLimits,
    ) -> None:
        self.dialect = dialect
        self.rate_limiter = RateLimiter(
            concurrency=endpoint.concurrency,
            requests_per_minute=endpoint.requests_per_minute,
            tokens_per_minute=endpoint.tokens_per_minute,
            outage=CircuitBreaker(
                longest_seconds=outage_seconds,
                first_probe_seconds=retry_policy.next_wait(failures=1) or FIRST_PROBE_SECONDS,
            ),
        )
        self._endpoint = endpoint
        self._complete = complete
        self._retry_policy = retry_policy
        self._spending_limits = spending_limits
        self._estimate = TokenEstimate()
        self._last_seen = ""

    async def reply(self, question: Question, image: PreparedImage, place: AsyncExitStack) -> Reply:
        """The model's reply, with what it cost. It keeps its place among the requests on their way until `place` is closed.

        Raises:
            ModelUnavailable: retries are used up.
            BadRequest, Filtered: the server does not take the question.
            EndpointUnusable: no question can succeed here, or none may be asked any more.
        """
        effort = _Effort()
        while True:
            try:
                outcome = await self._once(question, image, effort, place)
            except DownTooLong as outage:
                raise endpoint_down(self._endpoint, self._last_seen, seconds=outage.seconds) from None
            if isinstance(outcome, Reply):
                return outcome
            await asyncio.sleep(outcome)

    async def _once(
        self, question: Question, image: PreparedImage, effort: _Effort, place: AsyncExitStack
    ) -> Reply | float:
        """The reply, or the seconds to wait before the question may be put again."""
        tokens = self._estimate.of(question, image)
        async with self._spending_limits.call(self._endpoint) as call, AsyncExitStack() as own_place:
            passage = await own_place.enter_async_context(self.rate_limiter.passage(image=image.sha256, tokens=tokens))
            effort.began_at = passage.started_at if effort.began_at is None else effort.began_at
            effort.requests += 1
            sent = self.dialect
            outcome = await self._complete(chat_request(question, image, endpoint=self._endpoint, dialect=sent))
            if isinstance(outcome, Reply):
                outcome = replace(outcome, cost_usd=cost_usd(outcome, self._endpoint))
                call.answered(outcome)
                passage.answered(tokens=outcome.usage.total_tokens)
                if taken := outcome.usage.total_tokens:
                    self._estimate.learn(question, image, taken=taken)
                await place.enter_async_context(own_place.pop_all())
                return outcome
            if outcome.may_be_billed:
                call.lost()
            return self._wait_after(outcome, question, passage=passage, sent=sent, effort=effort)

    def _wait_after(
        self, failure: Failure, question: Question, *, passage: Passage, sent: Dialect, effort: _Effort
    ) -> float:
        """The seconds to wait before the next try; raises the end of a question that has none."""
        endpoint, hidden = self._endpoint, (question.text, question.system)
        self.dialect = self.dialect.learned(sent=sent, failure=failure, with_schema=question.schema is not None)
        if self.dialect != sent and failure.status in REFUSALS:
            passage.refused()
            return 0.0
        if end := lasting_end(failure, endpoint=endpoint, hidden=hidden):
            passage.refused()
            raise end
        self._last_seen = seen(failure, endpoint=endpoint, hidden=hidden)
        if failure.is_sign_of_life:
            passage.refused()
            effort.failures += not failure.is_rate_limit
        elif not passage.failed():
            effort.failures += 1
        elapsed = self.rate_limiter.now() - (effort.began_at or 0.0)
        wait = self._retry_policy.next_wait(
            failures=effort.failures,
            retry_after_seconds=failure.retry_after_seconds or 0.0,
            elapsed_seconds=elapsed,
            jitter=LARGEST_JITTER * random.random(),  # noqa: S311
        )
        if wait is None:
            raise unavailable(endpoint, self._last_seen, requests=effort.requests, seconds=elapsed)
        if failure.is_rate_limit or failure.retry_after_seconds:
            return self.rate_limiter.refused(hold_seconds=wait, is_rate_limit=failure.is_rate_limit)
        return wait
