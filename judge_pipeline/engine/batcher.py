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
    no longer once it is full, or once each of the tags `under_way` has been here. The first call takes `first_items` at most.
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

    async def _work(self) -> None:
        while self._waiting:
            await self._wait_for_more()
            items, self._waiting = self._waiting[: self._next_items], self._waiting[self._next_items :]
            self._next_items = self._max_items
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

    async def _wait_for_more(self) -> None:
        left, look_seconds = self._wait_seconds, self._window_seconds / LOOKS_PER_WINDOW
        while len(self._waiting) < self._next_items:
            await asyncio.sleep(min(left, look_seconds))
            left -= look_seconds
            if left <= 0 or (self._tag_of and self._under_way <= self._seen):
                return
