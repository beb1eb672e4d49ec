"""Reads that are made again while Encord has no answer; what changes something is repeated by those who look first."""

import time
from collections.abc import Callable
from typing import TypeVar

from judge_pipeline.encord_project.errors import EncordUnavailable, EncordUnreachable

T = TypeVar("T")

WAITS_SECONDS = (0.5, 2.0)
"""A thread waits here, sometimes a sensor's, which Dagster gives a minute."""

LONGEST_WAIT_SECONDS = 10.0


def read_again(read: Callable[[], T]) -> T:
    """The result of a read.

    Raises:
        EncordUnreachable, EncordUnavailable: to the last, or at once when Encord asks to wait longer than `LONGEST_WAIT_SECONDS`.
    """
    for wait in WAITS_SECONDS:
        try:
            return read()
        except EncordUnreachable:
            time.sleep(wait)
        except EncordUnavailable as error:
            if error.retry_after_seconds > LONGEST_WAIT_SECONDS:
                raise
            time.sleep(max(wait, error.retry_after_seconds))
    return read()
