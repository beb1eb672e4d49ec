"""Many writes share a transaction. Each is durable when its call returns, and a refusal concerns only one of them."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batched_store import BatchedStore
from judge_pipeline.store.errors import LeaseLost, StoreError
from judge_pipeline.store.store import ProjectStore, Store

TAGS = [Tag(f"tag {number}") for number in range(40)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProjectStore]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    yield store.project("p")
    store.close()


def test_forty_answers_are_looked_up_and_saved_together(store: ProjectStore) -> None:
    answers = {f"f{number}": ModelAnswer(f"Caption {number}.", "m", Usage(number), 0.5) for number in range(40)}

    async def work() -> list[ModelAnswer | None]:
        batched_store = BatchedStore(store)
        assert await asyncio.gather(*(batched_store.find_answer(fingerprint) for fingerprint in answers)) == [None] * 40
        await asyncio.gather(
            *(batched_store.save_answer(f, purpose="captions_8b", answer=a) for f, a in answers.items())
        )
        return await asyncio.gather(*(batched_store.find_answer(fingerprint) for fingerprint in answers))

    assert asyncio.run(work()) == list(answers.values())


def test_answers_that_wait_for_a_slow_store_are_saved_although_their_questions_are_cancelled(
    store: ProjectStore, tmp_path: Path
) -> None:
    """As an interrupt cancels them: the answers are paid for."""
    answers = {f"f{number}": ModelAnswer("A cat.", "m", Usage(number), 0.5) for number in range(10)}

    async def work() -> dict[str, ModelAnswer]:
        batched_store = BatchedStore(store)
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            saving = []
            for fingerprint, answer in answers.items():
                saving.append(asyncio.create_task(batched_store.save_answer(fingerprint, "captions_8b", answer)))
                await asyncio.sleep(0)
            for each in saving:
                each.cancel()
            await asyncio.wait(saving)
            other.execute("ROLLBACK")
        await batched_store.finish()
        return dict(await asyncio.to_thread(store.find_answers, list(answers)))

    assert asyncio.run(work()) == answers


def test_a_lost_tag_or_an_unfit_answer_does_not_affect_the_others(store: ProjectStore) -> None:
    held = store.leases.acquire(TAGS, holder="this run", seconds=60)
    store.leases.acquire(TAGS[:1], holder="another", seconds=60, now=datetime.now(UTC) + timedelta(hours=1))

    async def work() -> tuple[list[object], list[object]]:
        batched_store = BatchedStore(store)
        results = (batched_store.save_result("usage", held[tag], Usage(1)) for tag in TAGS)
        saved = (
            batched_store.save_answer(
                str(tokens), purpose="captions_8b", answer=ModelAnswer("A cat.", "m", Usage(tokens), 0.5)
            )
            for tokens in (1, 2**63, 3)
        )
        return (
            await asyncio.gather(*results, return_exceptions=True),
            await asyncio.gather(*saved, return_exceptions=True),
        )

    results, saved = asyncio.run(work())
    assert isinstance(results[0], LeaseLost)
    assert results[1:] == [None] * 39
    assert set(store.results("usage", Usage)) == set(TAGS[1:])
    assert isinstance(saved[1], StoreError)
    assert set(store.find_answers(["1", str(2**63), "3"])) == {"1", "3"}
