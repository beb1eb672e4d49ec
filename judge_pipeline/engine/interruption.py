"""Interrupting a run: SIGINT or SIGTERM cancels the whole batch where it waits, rather than one tag in the middle of a step."""

import asyncio
import contextvars
import signal
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Interrupted(Exception):
    """A person or Dagster has interrupted the batch; everything in it has been cancelled."""


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """`run_coroutine`, cancelled as a whole by SIGINT or SIGTERM; the work may still return a value.

    Dagster's own handler raises wherever the event loop happens to be. Inside one task's step that ends only this task;
    everything that waits for it hangs, and the others go on calling models.

    Raises:
        Interrupted: a signal came, and the work ended without a value.
    """
    if threading.current_thread() is not threading.main_thread():
        return run_coroutine(work)
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the one that asyncio.run turns into a cancellation
    signal.signal(signal.SIGTERM, lambda _sign, _frame: signal.raise_signal(signal.SIGINT))
    try:
        return run_coroutine(work)
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def run_coroutine(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, in a thread of its own when this thread has a running event loop, as in a notebook.

    A KeyboardInterrupt cancels the work, and is raised after the work has ended without a value.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = Future()
    may_begin = threading.Event()
    is_given_up = False

    async def cancellable() -> T:
        task = asyncio.ensure_future(work)
        started.set_result((asyncio.get_running_loop(), task))
        return await task

    def run() -> T:
        may_begin.wait()
        if is_given_up:
            raise KeyboardInterrupt
        return asyncio.run(cancellable())

    with ThreadPoolExecutor(1, thread_name_prefix="event-loop") as threads:
        try:
            result = threads.submit(contextvars.copy_context().run, run)
            may_begin.set()  # not before: an interrupt within `submit` leaves nothing that could be cancelled
            return result.result()
        except BaseException:  # also what a signal handler of Dagster or of a test raises here
            is_given_up = not may_begin.is_set()
            may_begin.set()  # again, if the interrupt came within `set`
            if is_given_up:
                work.close()
                raise
            if result.done():
                raise
            loop, task = started.result()
            with suppress(RuntimeError):  # the loop has just ended
                loop.call_soon_threadsafe(task.cancel)
            with suppress(asyncio.CancelledError):
                return result.result()
            raise
