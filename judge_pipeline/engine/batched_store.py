"""The store for many tags at once: reads and writes of about the same time share one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore

Item = TypeVar("Item")

MAX_ITEMS = 500
"""Per transaction."""

WINDOW_SECONDS = 0.02
"""Answers are saved without it: until then their questions hold their slots at the models."""

SavedAnswer = tuple[str, str, ModelAnswer]
"""Fingerprint, the asset that asked, and the answer."""

ResultRow = tuple[str, Lease, object]
"""Asset, lease and value."""


class BatchedStore:
    """Each write returns when it is durable. A refused transaction is replayed one write at a time.

    A tag has three answers and five results; a transaction for each would take longer than all other work on the tag.
    """

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._find_answer = Batcher(self._find_answers, max_items=MAX_ITEMS, window_seconds=WINDOW_SECONDS)
        self._save_answer = Batcher(self._save_answers, max_items=MAX_ITEMS, window_seconds=0)
        self._save_result = Batcher(self._save_results, max_items=MAX_ITEMS, window_seconds=WINDOW_SECONDS)

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer stored for a question, if there is one."""
        return await self._find_answer(fingerprint)

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        """Stores an answer before anything depends on it."""
        await self._save_answer((fingerprint, purpose, answer))

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        """Marks answers as discarded: the same questions are asked again."""
        for fingerprint in fingerprints:
            await asyncio.to_thread(self._store.discard_answer, fingerprint, reason)

    async def save_result(self, asset: str, lease: Lease, value: object) -> None:
        """Saves the value of a partition.

        Raises:
            LeaseLost: another run has the tag. UnfitValue: the value would be read back differently.
        """
        await self._save_result((asset, lease, value))

    async def finish(self) -> None:
        """Returns when everything that was to be saved is saved, even if an interrupt has cancelled those who waited for it."""
        await self._save_answer.finish()
        await self._save_result.finish()

    async def _find_answers(self, fingerprints: Sequence[str]) -> list[ModelAnswer | Exception | None]:
        found = await asyncio.to_thread(self._store.find_answers, fingerprints)
        return [found.get(fingerprint) for fingerprint in fingerprints]

    async def _save_answers(self, answers: Sequence[SavedAnswer]) -> list[Exception | None]:
        return await asyncio.to_thread(_write_batch, self._store.save_answers, answers)

    async def _save_results(self, rows: Sequence[ResultRow]) -> list[Exception | None]:
        return await asyncio.to_thread(_write_batch, self._store.save_result_rows, rows)


def _write_batch(write: Callable[[Sequence[Item]], None], items: Sequence[Item]) -> list[Exception | None]:
    """Writes the batch; on refusal, retries the items one by one."""
    try:
        write(items)
    except StoreError as error:
        return [error] if len(items) == 1 else [_write_batch(write, [item])[0] for item in items]
    return [None] * len(items)
