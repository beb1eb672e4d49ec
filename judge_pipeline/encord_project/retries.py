"""Calls to Encord made again after a failure, and calls repeated until their effect is visible.

Every call retried here must be safe to repeat: a read, or a write that checks the current state first. The SDK's own
retries are off. Rate limits are waited out request by request (`rate_limits`). A call for several rows that has failed in all
attempts is made once more, row by row (`row_by_row`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.encord_project.errors import (
    EncordDown,
    EncordError,
    EncordUnavailable,
    EncordUnreachable,
    StorageBusy,
)
from judge_pipeline.encord_project.rate_limits import rate_limits_awaited
from judge_pipeline.encord_project.row_by_row import rows_apart

P = ParamSpec("P")
T = TypeVar("T")

INTERACTIVE = RetryPolicy(waits_seconds=(0.5, 2.0), total_seconds=20.0)
"""Outside of runs: Dagster gives a sensor a minute, and a reviewer's lease lasts as long."""

IN_RUN = RetryPolicy(waits_seconds=(0.5, 2.0, 8.0, 20.0), longest_retry_after_seconds=60.0)
"""In a run: survives half a minute of faults. When Encord asks for more than a minute, the tags fail and can be launched again."""

STORAGE = RetryPolicy(waits_seconds=(0.2, 1.0, 3.0))
"""Cloud storages return an occasional 429 or 503. The calling thread sleeps, so the waits are short."""


def call_with_retries(
    call: Callable[[], T],
    *,
    policy: RetryPolicy = INTERACTIVE,
    retry_on: tuple[type[EncordError], ...] = (EncordUnreachable, EncordUnavailable),
) -> T:
    """The result of a call that is safe to repeat.

    Raises:
        EncordError: the error of the last attempt; at once if it is not one of `retry_on`.
    """
    with rate_limits_awaited(seconds_per_call=policy.total_seconds):
        return _call_with_retries(call, policy, retry_on)


def _call_with_retries(call: Callable[[], T], policy: RetryPolicy, retry_on: tuple[type[EncordError], ...]) -> T:
    started = time.monotonic()
    failures = 0
    while True:
        try:
            return call()
        except retry_on as error:
            failures += 1
            wait = policy.next_wait(
                failures=failures,
                retry_after_seconds=_retry_after_seconds(error),
                elapsed_seconds=time.monotonic() - started,
            )
            if wait is None or _is_final(error):
                if not error.may_be_one_row or _is_final(error):
                    raise
                break
            time.sleep(wait)
    with rows_apart():
        return call()


def with_retries(call: Callable[P, T]) -> Callable[P, T]:
    """Decorates a call with `call_with_retries`. An iterable argument must allow a second iteration."""

    @wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return call_with_retries(lambda: call(*args, **kwargs))

    return wrapper


def call_storage(request: Callable[[], T]) -> T:
    """The result of a request to a signed URL that is safe to repeat.

    Raises:
        StorageBusy: after the last attempt; every other error at once.
    """
    return call_with_retries(request, policy=STORAGE, retry_on=(StorageBusy,))


async def call_with_retries_async(
    call: Callable[[], Awaitable[T]],
    *,
    refresh: Callable[[], Awaitable[None]],
    row_by_row: Callable[[], Awaitable[T]] | None = None,
    policy: RetryPolicy = IN_RUN,
) -> T:
    """The result of a call that is safe to repeat once `refresh` has read what it may already have changed.

    `refresh` runs before every retry, and once more after the last failure to see whether Encord answers anything at all. If it
    does, and one of several rows may be the cause, `row_by_row` makes the call once more within `rows_apart`.

    Raises:
        EncordDown: neither the call nor `refresh` gets an answer, so no other tag would fare better.
        EncordUnreachable, EncordUnavailable: after the last attempt; every other error at once.
    """
    started = asyncio.get_running_loop().time()
    failures = 0
    while True:
        try:
            if failures:
                await refresh()
            return await call()
        except (EncordUnreachable, EncordUnavailable) as error:
            failures += 1
            wait = policy.next_wait(
                failures=failures,
                retry_after_seconds=_retry_after_seconds(error),
                elapsed_seconds=asyncio.get_running_loop().time() - started,
            )
            if wait is None or _is_final(error):
                await _check_not_down(refresh, error)
                if row_by_row is None or not error.may_be_one_row or _is_final(error):
                    raise
                break
            await asyncio.sleep(wait)
    return await row_by_row()


def poll(read: Callable[[], T], *, until: Callable[[T], bool], timeout_seconds: float, interval_seconds: float) -> T:
    """Calls `read` until its value satisfies `until` or the time is up; returns the last value."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        value = read()
        if until(value) or time.monotonic() > deadline:
            return value
        time.sleep(interval_seconds)


def _retry_after_seconds(error: EncordError) -> float:
    return error.retry_after_seconds if isinstance(error, EncordUnavailable) else 0.0


def _is_final(error: EncordError) -> bool:
    return isinstance(error, EncordUnavailable) and error.is_final


async def _check_not_down(refresh: Callable[[], Awaitable[None]], error: EncordError) -> None:
    try:
        await refresh()
    except EncordUnavailable:
        raise EncordDown(f"{error}; it does not answer anything else either, so the run ends here") from None
