"""Batching: calls that many tags need at about the same time become one call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from judge_pipeline.domain.tag import Tag

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_WINDOWS = 20
LOOKS_PER_WINDOW = 4


class Batcher(Generic[Item, Result]):
    """Collects single calls for a short time and makes them together.

    Items that arrive while a call is under way go into the next one, which waits for more as long as that call took, within
    `window_seconds` and `MOST_WINDOWS` times as long: batches grow as the other side, or this machine, gets slower. It waits
    no longer once it is full, or once each of the tags `under_way` has been here; then up to `at_once` calls overlap. The
    first call takes `first_items` at most.
    `call` returns, in order, a result for each item or the exception that concerns this item alone; an exception that it
    raises goes to every item.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        max_items: int,
        window_seconds: float,
        first_items: int | None = None,
        at_once: int = 1,
        tag_of: Callable[[Item], Tag] | None = None,
        under_way: AbstractSet[Tag] = frozenset(),
    ) -> None:
        self._call = call
        self._tag_of = tag_of
        self._under_way = under_way
        self._seen: set[Tag] = set()
        self._max_items = max_items
        self._next_items = first_items or max_items
        self._window_seconds = self._wait_seconds = window_seconds
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._at_once = at_once
        self._calls: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """The result for one item."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._tag_of:
            self._seen.add(self._tag_of(item))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def finish(self) -> None:
        """Returns when the calls for all items that have come are over, even if those who waited for them were cancelled."""
        while pending := [task for task in (self._worker, *self._calls) if task and not task.done()]:
            await asyncio.wait(pending)

    async def _work(self) -> None:
        while self._waiting:
            await self._until_due()
            items, self._waiting = self._waiting[: self._next_items], self._waiting[self._next_items :]
            self._next_items = self._max_items
            call = asyncio.create_task(self._call_for(items))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _until_due(self) -> None:
        look_seconds = self._window_seconds / LOOKS_PER_WINDOW
        while self._calls:
            if len(self._calls) < self._at_once and self._is_complete():
                return
            timeout = look_seconds if self._at_once > 1 else None
            await asyncio.wait(self._calls, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        left = self._wait_seconds
        while not self._is_complete():
            await asyncio.sleep(min(left, look_seconds))
            left -= look_seconds
            if left <= 0:
                return

    def _is_complete(self) -> bool:
        """Whether the next call is full, or no more tags are to come."""
        is_full = len(self._waiting) >= self._next_items
        return is_full or (self._tag_of is not None and self._under_way <= self._seen)

    async def _call_for(self, items: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            results = await self._call([item for item, _ in items])
        except Exception as error:
            results = [error] * len(items)
        took = loop.time() - begun
        self._wait_seconds = max(self._window_seconds, min(took, MOST_WINDOWS * self._window_seconds))
        for (_, future), result in zip(items, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
