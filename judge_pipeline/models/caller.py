"""One question put to an endpoint: within the spending limits, through the rate limiter, with retries."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from judge_pipeline.domain.model_answer import Question
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.chat_request import chat_request
from judge_pipeline.models.circuit_breaker import FIRST_PROBE_SECONDS, CircuitBreaker
from judge_pipeline.models.cost import cost_usd
from judge_pipeline.models.dialect import UNTEACHING, Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest
from judge_pipeline.models.exchange import LARGEST_JITTER, Failure, Outcome, Reply
from judge_pipeline.models.failures import (
    describe,
    endpoint_down,
    final_error,
    never_a_completion,
    rate_limited,
    unavailable,
)
from judge_pipeline.models.format_doubts import FormatDoubts
from judge_pipeline.models.images.preparation import NO_IMAGE, PreparedImage
from judge_pipeline.models.overload import is_late, is_loading, is_rate_limit, wait_in
from judge_pipeline.models.rate_limiter import DownTooLong, Permit, RateLimiter
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.models.token_budget import TokenEstimate

Complete = Callable[[Mapping[str, Any]], Awaitable[Outcome]]
"""Sends the body of one chat completion."""

RATE_LIMITED_OUTAGES = 2.5
"""Nothing but rate limits for so many times the longest outage, by default five minutes, ends the run: no limit per minute
lasts so long."""

RATE_LIMIT_SECONDS = 20.0
"""A rate limit takes at least so much of a question's ten minutes, or a thirtieth of less: what was refused thirty times will be
refused again."""

LONGEST_REQUEST_SECONDS = 120.0
"""What a request takes of the ten minutes at most: a longer deadline leaves a question five requests."""

LOADING_WAIT_SECONDS = 5.0


@dataclass(slots=True)
class _Attempts:
    """The requests made for one question. `failures` counts those that count against its retries.

    `seconds` is the time that they and the waits between them took, without the time in line for the endpoint. Where no outage
    is too long, as for the editor's agent, the whole time since `started_at` counts instead: a person is waiting.

    `answers_before` are the endpoint's answers to other questions before this one.
    """

    answers_before: int
    started_at: float | None = None
    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    image_url: str = ""
    format: FormatDoubts = field(default_factory=FormatDoubts)


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
            deadline_seconds=endpoint.timeout_seconds,
            breaker=CircuitBreaker(
                longest_seconds=outage_seconds,
                first_probe_seconds=retry_policy.next_wait(failures=1) or FIRST_PROBE_SECONDS,
            ),
        )
        self._endpoint = endpoint
        self._complete = complete
        self._retry_policy = retry_policy
        self._spending_limits = spending_limits
        self.estimate = TokenEstimate()
        self._outage_seconds = outage_seconds
        self._last_failure = ""
        self._was_late = False
        self._last_was_page = False
        self._answers = 0

    async def reply(self, question: Question, image: PreparedImage, slot: AsyncExitStack) -> Reply:
        """The model's reply, with its cost. The question keeps its slot among the requests in flight until `slot` is closed.

        Raises:
            ModelUnavailable: the retries are used up.
            BadRequest, Filtered: the server rejects the question.
            EndpointUnusable: no question can succeed here, or none may be asked any more.
        """
        attempts = _Attempts(self._answers)
        while True:
            try:
                outcome = await self._attempt(question, image, attempts, slot)
            except DownTooLong as outage:
                if self._last_was_page and not self._answers:
                    raise never_a_completion(self._endpoint, self._last_failure) from None
                raise endpoint_down(
                    self._endpoint, self._last_failure, seconds=outage.seconds, is_late=self._was_late
                ) from None
            if isinstance(outcome, Reply):
                return outcome
            await asyncio.sleep(outcome)

    async def _attempt(
        self, question: Question, image: PreparedImage, attempts: _Attempts, slot: AsyncExitStack
    ) -> Reply | float:
        """The reply, or the seconds to wait before the next attempt."""
        tokens = self.estimate.of(question, image)
        async with self._spending_limits.call(self._endpoint) as call, AsyncExitStack() as own_slot:
            permit = await own_slot.enter_async_context(self.rate_limiter.permit(image=image.sha256, tokens=tokens))
            attempts.started_at = permit.started_at if attempts.started_at is None else attempts.started_at
            attempts.requests += 1
            sent = attempts.format.of(self.dialect)
            if self._endpoint.images == "url" and image is not NO_IMAGE:
                attempts.image_url = await _original_url(image, self._endpoint)
            body = chat_request(question, image, endpoint=self._endpoint, dialect=sent, image_url=attempts.image_url)
            outcome = await self._complete_in_time(body, permit)
            if isinstance(outcome, Reply):
                self._answers += 1
                self.dialect = self.dialect.at_most(sent.answer_format)
                outcome = replace(outcome, cost_usd=cost_usd(outcome, self._endpoint))
                call.succeeded(outcome)
                permit.succeeded(tokens=outcome.usage.total_tokens)
                if used := outcome.usage.total_tokens:
                    self.estimate.learn(question, image, tokens=used)
                await slot.enter_async_context(own_slot.pop_all())
                return outcome
            if outcome.may_be_billed:
                call.lost()
            return self._wait_after(outcome, question, permit=permit, sent=sent, attempts=attempts)

    async def _complete_in_time(self, body: Mapping[str, Any], permit: Permit) -> Outcome:
        try:
            async with permit.deadline():
                return await self._complete(body)
        except TimeoutError:
            seconds = self.rate_limiter.now() - permit.started_at
            return Failure(status=None, message=f"no answer within {seconds:.3g} s")

    def _wait_after(
        self, failure: Failure, question: Question, *, permit: Permit, sent: Dialect, attempts: _Attempts
    ) -> float:
        """The seconds to wait before the next attempt; raises the error of a question that has none left."""
        endpoint, hidden = self._endpoint, (question.text, question.system, attempts.image_url)
        self.dialect = self.dialect.after_refusal(sent=sent, failure=failure, with_schema=question.schema is not None)
        if attempts.format.of(self.dialect) != sent and failure.status not in UNTEACHING:
            permit.refused()
            return 0.0
        error = final_error(failure, endpoint=endpoint, hidden=hidden)
        if question.schema is not None:
            error = attempts.format.reconsider(error, failure, sent=sent)
        if error:
            permit.refused()
            raise error
        if attempts.format.of(self.dialect) != sent and failure.is_refusal:
            permit.refused()
            return 0.0
        self._last_failure = describe(failure, endpoint=endpoint, hidden=hidden)
        self._last_was_page = failure.is_passing_page
        is_limited = is_rate_limit(failure)
        self._report(failure, permit=permit, attempts=attempts)
        asked_to_wait = failure.retry_after_seconds or (is_limited and wait_in(failure.message)) or 0.0
        if is_loading(failure) and not self.rate_limiter.breaker.is_down:
            asked_to_wait = max(asked_to_wait, LOADING_WAIT_SECONDS)
        policy, seconds = self._retry_policy, self.rate_limiter.now() - (attempts.started_at or 0.0)
        wait = policy.next_wait(
            failures=attempts.failures,
            retry_after_seconds=asked_to_wait,
            elapsed_seconds=seconds if self._outage_seconds == inf else attempts.seconds,
            jitter=LARGEST_JITTER * random.random(),  # noqa: S311
        )
        if wait is None:
            if failure.is_passing_page and self._answers == attempts.answers_before:
                raise never_a_completion(endpoint, self._last_failure)
            raise unavailable(
                endpoint, self._last_failure, requests=attempts.requests, seconds=seconds, is_late=self._was_late
            )
        attempts.seconds += max(wait, min(RATE_LIMIT_SECONDS, policy.total_seconds / 30)) if is_limited else wait
        if is_limited or failure.retry_after_seconds:
            return self.rate_limiter.refused(hold_seconds=wait, is_rate_limit=is_limited)
        return wait

    def _report(self, failure: Failure, *, permit: Permit, attempts: _Attempts) -> None:
        """Reports what the failure says about the server, and counts it against the retries if the question may be to blame."""
        seconds = self.rate_limiter.now() - permit.started_at
        attempts.seconds += min(seconds, LONGEST_REQUEST_SECONDS)
        self._was_late = is_late(failure, seconds=seconds, deadline_seconds=self._endpoint.timeout_seconds)
        is_limited, loads = is_rate_limit(failure), is_loading(failure)
        if self._was_late and permit.lost():
            attempts.seconds = 0.0
        elif is_limited or (failure.is_refusal and not loads):
            permit.refused()
            attempts.failures += not is_limited
        elif not permit.failed(is_loading=loads):
            attempts.failures += 1
        limited_seconds = self.rate_limiter.seconds_limited()
        if is_limited and limited_seconds >= RATE_LIMITED_OUTAGES * self._outage_seconds:
            given_up = rate_limited(self._endpoint, self._last_failure, seconds=limited_seconds)
            self.rate_limiter.close(given_up)
            raise given_up


async def _original_url(image: PreparedImage, endpoint: Endpoint) -> str:
    if image.original_url is None:
        raise BadRequest(f"{endpoint} is given images by URL, and this image has none; unset {endpoint.name}__IMAGES")
    return await image.original_url(endpoint.timeout_seconds)
