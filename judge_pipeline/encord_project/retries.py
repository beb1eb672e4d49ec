"""Calls that are made again while Encord has no answer: reads, and writes that look at what is there before they change it."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from judge_pipeline.encord_project.errors import EncordUnavailable, EncordUnreachable

P = ParamSpec("P")
T = TypeVar("T")

WAITS_SECONDS = (0.5, 2.0)
"""A thread waits here; what a run calls is given longer, in `engine/repeating.py`."""

PATIENCE_SECONDS = 20.0
"""No try begins later than this after the first: Dagster gives a sensor a minute, and a reviewer's lease is as long."""


def try_again(call: Callable[[], T]) -> T:
    """The result of a call that may be repeated; the SDK repeats nothing.

    Raises:
        EncordUnreachable, EncordUnavailable: to the last, or when the next try would begin after `PATIENCE_SECONDS`, because
            Encord asks to wait longer or took too long to give no answer.
    """
    last_start = time.monotonic() + PATIENCE_SECONDS
    for wait in WAITS_SECONDS:
        try:
            return call()
        except (EncordUnreachable, EncordUnavailable) as error:
            asked = error.retry_after_seconds if isinstance(error, EncordUnavailable) else 0.0
            if time.monotonic() + max(wait, asked) > last_start:
                raise
            time.sleep(max(wait, asked))
    return call()


def tried_again(call: Callable[P, T]) -> Callable[P, T]:
    """The same call, made by `try_again`; an iterable among its arguments has to be one that can be gone through anew."""

    @wraps(call)
    def until_answered(*args: P.args, **kwargs: P.kwargs) -> T:
        return try_again(lambda: call(*args, **kwargs))

    return until_answered
