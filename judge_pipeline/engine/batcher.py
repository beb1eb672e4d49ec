"""Calls that many tags need at about the same time, made as one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Collects single calls for a short while and makes them together.

    What arrives while a call is under way goes into the next one, so batches grow by themselves as far as the other
    side is slow. `call` answers for each item in order, with a result or with the exception that is this item's own; an
    exception that it raises is everybody's.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        most: int,
        window_seconds: float,
    ) -> None:
        self._call = call
        self._most = most
        self._window_seconds = window_seconds
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """The result for one item."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._window_seconds)
            together, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                results = await self._call([item for item, _ in together])
            except Exception as error:
                results = [error] * len(together)
            for (_, future), result in zip(together, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
