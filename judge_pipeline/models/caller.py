"""One question put to an endpoint: within the spending limits, through the rate limiter, with retries."""

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
from judge_pipeline.models.cost import cost_usd
from judge_pipeline.models.dialect import REFUSALS, Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import LARGEST_JITTER, Failure, Outcome, Reply
from judge_pipeline.models.failures import describe, endpoint_down, final_error, unavailable
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.rate_limiter import DownTooLong, Permit, RateLimiter
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.models.token_budget import TokenEstimate

Complete = Callable[[Mapping[str, Any]], Awaitable[Outcome]]
"""Sends the body of one chat completion."""


@dataclass(slots=True)
class _Attempts:
    """The requests made for one question. `failures` counts those that count against its retries."""

    started_at: float | None = None
    requests: int = 0
    failures: int = 0


class Caller:
    """Shared by everything that asks one endpoint, in one event loop."""

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
            breaker=CircuitBreaker(
                longest_seconds=outage_seconds,
                first_probe_seconds=retry_policy.next_wait(failures=1) or FIRST_PROBE_SECONDS,
            ),
        )
        self._endpoint = endpoint
        self._complete = complete
        self._retry_policy = retry_policy
        self._spending_limits = spending_limits
        self._estimate = TokenEstimate()
        self._last_failure = ""

    async def reply(self, question: Question, image: PreparedImage, slot: AsyncExitStack) -> Reply:
        """The model's reply, with its cost. The question keeps its slot among the requests in flight until `slot` is closed.

        Raises:
            ModelUnavailable: the retries are used up.
            BadRequest, Filtered: the server rejects the question.
            EndpointUnusable: no question can succeed here, or none may be asked any more.
        """
        attempts = _Attempts()
        while True:
            try:
                outcome = await self._attempt(question, image, attempts, slot)
            except DownTooLong as outage:
                raise endpoint_down(self._endpoint, self._last_failure, seconds=outage.seconds) from None
            if isinstance(outcome, Reply):
                return outcome
            await asyncio.sleep(outcome)

    async def _attempt(
        self, question: Question, image: PreparedImage, attempts: _Attempts, slot: AsyncExitStack
    ) -> Reply | float:
        """The reply, or the seconds to wait before the next attempt."""
        tokens = self._estimate.of(question, image)
        async with self._spending_limits.call(self._endpoint) as call, AsyncExitStack() as own_slot:
            permit = await own_slot.enter_async_context(self.rate_limiter.permit(image=image.sha256, tokens=tokens))
            attempts.started_at = permit.started_at if attempts.started_at is None else attempts.started_at
            attempts.requests += 1
            sent = self.dialect
            outcome = await self._complete(chat_request(question, image, endpoint=self._endpoint, dialect=sent))
            if isinstance(outcome, Reply):
                outcome = replace(outcome, cost_usd=cost_usd(outcome, self._endpoint))
                call.succeeded(outcome)
                permit.succeeded(tokens=outcome.usage.total_tokens)
                if used := outcome.usage.total_tokens:
                    self._estimate.learn(question, image, tokens=used)
                await slot.enter_async_context(own_slot.pop_all())
                return outcome
            if outcome.may_be_billed:
                call.lost()
            return self._wait_after(outcome, question, permit=permit, sent=sent, attempts=attempts)

    def _wait_after(
        self, failure: Failure, question: Question, *, permit: Permit, sent: Dialect, attempts: _Attempts
    ) -> float:
        """The seconds to wait before the next attempt; raises the error of a question that has none left."""
        endpoint, hidden = self._endpoint, (question.text, question.system)
        self.dialect = self.dialect.after_refusal(sent=sent, failure=failure, with_schema=question.schema is not None)
        if self.dialect != sent and failure.status in REFUSALS:
            permit.refused()
            return 0.0
        if error := final_error(failure, endpoint=endpoint, hidden=hidden):
            permit.refused()
            raise error
        self._last_failure = describe(failure, endpoint=endpoint, hidden=hidden)
        if failure.is_refusal:
            permit.refused()
            attempts.failures += not failure.is_rate_limit
        elif not permit.failed():
            attempts.failures += 1
        elapsed = self.rate_limiter.now() - (attempts.started_at or 0.0)
        wait = self._retry_policy.next_wait(
            failures=attempts.failures,
            retry_after_seconds=failure.retry_after_seconds or 0.0,
            elapsed_seconds=elapsed,
            jitter=LARGEST_JITTER * random.random(),  # noqa: S311
        )
        if wait is None:
            raise unavailable(endpoint, self._last_failure, requests=attempts.requests, seconds=elapsed)
        if failure.is_rate_limit or failure.retry_after_seconds:
            return self.rate_limiter.refused(hold_seconds=wait, is_rate_limit=failure.is_rate_limit)
        return wait
