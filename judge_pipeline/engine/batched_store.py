"""The store as many tags use it at once: what they read and write at about the same time goes into one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore

Item = TypeVar("Item")

AT_ONCE = 500

SavedAnswer = tuple[str, str, ModelAnswer]
"""Fingerprint, the asset that asked, and the answer."""

ResultRow = tuple[str, Lease, object]
"""Asset, tag and value."""


class BatchedStore:
    """Returns from each write when it is durable. A transaction that is refused is replayed one write at a time.

    A tag has three answers and five results; a transaction for each of them takes longer than everything else about it.
    """

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._find_answer = Batcher(self._find_answers, most=AT_ONCE, window_seconds=0)
        self._save_answer = Batcher(self._save_answers, most=AT_ONCE, window_seconds=0)
        self._save_result = Batcher(self._save_results, most=AT_ONCE, window_seconds=0)

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer that is kept for a question, if there is one."""
        return await self._find_answer(fingerprint)

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        """Keeps an answer before anything depends on it."""
        await self._save_answer((fingerprint, purpose, answer))

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        """Keeps answers for reading only: the same questions are asked anew."""
        for fingerprint in fingerprints:
            await asyncio.to_thread(self._store.discard_answer, fingerprint, reason)

    async def save_result(self, asset: str, lease: Lease, value: object) -> None:
        """Records what an asset found for a tag.

        Raises:
            LeaseLost: another run has the tag. UnfitValue: the value would not be read back as it is.
        """
        await self._save_result((asset, lease, value))

    async def _find_answers(self, fingerprints: Sequence[str]) -> list[ModelAnswer | Exception | None]:
        found = await asyncio.to_thread(self._store.find_answers, fingerprints)
        return [found.get(fingerprint) for fingerprint in fingerprints]

    async def _save_answers(self, answers: Sequence[SavedAnswer]) -> list[Exception | None]:
        return await asyncio.to_thread(_each, self._store.save_answers, answers)

    async def _save_results(self, rows: Sequence[ResultRow]) -> list[Exception | None]:
        return await asyncio.to_thread(_each, self._store.save_result_rows, rows)


def _each(write: Callable[[Sequence[Item]], None], items: Sequence[Item]) -> list[Exception | None]:
    """Writes all together, or where that is refused each by itself, so that it is refused alone."""
    try:
        write(items)
    except StoreError as error:
        return [error] if len(items) == 1 else [_each(write, [item])[0] for item in items]
    return [None] * len(items)
