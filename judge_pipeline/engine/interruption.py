"""A run that a person or Dagster interrupts: the batch is cancelled where it waits, instead of losing a tag in the midst of a step."""

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import dagster as dg

T = TypeVar("T")


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, cancelled as a whole by SIGINT or SIGTERM.

    Dagster's own handler raises wherever the event loop happens to be. Inside a task's step that ends this one task,
    everything that waits for it hangs, and the others go on calling models.

    Raises:
        DagsterExecutionInterruptedError: so that Dagster ends the run as cancelled.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the one that asyncio.run turns into a cancellation
    signal.signal(signal.SIGTERM, lambda _sign, _frame: signal.raise_signal(signal.SIGINT))
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise dg.DagsterExecutionInterruptedError from None
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
