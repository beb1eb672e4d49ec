"""Interrupting a run: SIGINT or SIGTERM cancels the whole batch where it waits, rather than one tag in the middle of a step."""

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Interrupted(Exception):
    """A person or Dagster has interrupted the batch; everything in it has been cancelled."""


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, cancelled as a whole by SIGINT or SIGTERM.

    Dagster's own handler raises wherever the event loop happens to be. Inside one task's step that ends only this task;
    everything that waits for it hangs, and the others go on calling models.

    Raises:
        Interrupted: a signal came.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the one that asyncio.run turns into a cancellation
    signal.signal(signal.SIGTERM, lambda _sign, _frame: signal.raise_signal(signal.SIGINT))
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
