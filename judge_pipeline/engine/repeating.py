"""A call to Encord made again when Encord could not be reached or had no answer just then."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from judge_pipeline.encord_project.errors import EncordDown, EncordError, EncordUnavailable, EncordUnreachable

T = TypeVar("T")

WAITS_SECONDS = (0.5, 2.0, 8.0, 20.0)
"""Before each repetition: half a minute of faults is sat out; the SDK repeats nothing."""

LONGEST_WAIT_SECONDS = 60.0
"""Who is asked to wait longer than this gives the tags up; they can be launched again."""


async def until_answered(call: Callable[[], Awaitable[T]], *, look_again: Callable[[], Awaitable[None]]) -> T:
    """The result of a call that may be repeated, after `look_again` each time: what it did before its answer was lost is seen.

    Raises:
        EncordDown: to the last, and a look is not answered either: no other tag would fare better.
        EncordUnreachable, EncordUnavailable: to the last; every other error at once.
    """
    waits = iter(WAITS_SECONDS)
    is_repetition = False
    while True:
        try:
            if is_repetition:
                await look_again()
            return await call()
        except (EncordUnreachable, EncordUnavailable) as error:
            asked = error.retry_after_seconds if isinstance(error, EncordUnavailable) else 0.0
            wait = next(waits, None)
            if wait is None or asked > LONGEST_WAIT_SECONDS:
                await _look(look_again, error)
                raise
            await asyncio.sleep(max(wait, asked))
            is_repetition = True


async def _look(look_again: Callable[[], Awaitable[None]], error: EncordError) -> None:
    try:
        await look_again()
    except EncordUnavailable:
        raise EncordDown(f"{error}; it answers nothing else either, so the run ends here") from None
