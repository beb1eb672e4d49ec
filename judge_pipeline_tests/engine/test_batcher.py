"""Calls at about the same time become one call, and each caller gets its own result."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time

WINDOW_SECONDS = 0.1


class OddNumber(Exception):
    """The error of one item."""


class Squares:
    """The batched call: squares even numbers, refuses each odd one, and records its batches."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.batches: list[list[int]] = []
        self.active = self.most_at_once = 0
        self._seconds = seconds

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        self.active += 1
        self.most_at_once = max(self.most_at_once, self.active)
        await asyncio.sleep(self._seconds)
        self.active -= 1
        return [OddNumber(item) if item % 2 else item * item for item in items]


arrivals = st.lists(
    st.tuples(st.integers(0, 1000), st.floats(0, 2, allow_nan=False)), max_size=60, unique_by=lambda arrival: arrival[0]
)


@given(arrivals, st.integers(1, 8), st.floats(0, 1))
def test_every_item_gets_its_own_result_or_its_own_error(
    arriving: list[tuple[int, float]], most: int, call_seconds: float
) -> None:
    squares = Squares(seconds=call_seconds)

    async def main() -> list[int | BaseException]:
        batcher = Batcher(squares, max_items=most, window_seconds=WINDOW_SECONDS)

        async def one(item: int, after: float) -> int:
            await asyncio.sleep(after)
            return await batcher(item)

        return await asyncio.gather(*(one(*each) for each in arriving), return_exceptions=True)

    for (item, _), found in zip(arriving, run_in_virtual_time(main()), strict=True):
        if item % 2:
            assert isinstance(found, OddNumber)
            assert found.args == (item,)
        else:
            assert found == item * item
    assert sorted(item for batch in squares.batches for item in batch) == sorted(item for item, _ in arriving)
    assert all(1 <= len(batch) <= most for batch in squares.batches)
    assert squares.most_at_once <= 1


@given(st.integers(1, 40), st.integers(1, 50))
def test_items_that_arrive_together_need_the_fewest_batches(count: int, most: int) -> None:
    squares = Squares()

    async def main() -> None:
        batcher = Batcher(squares, max_items=most, window_seconds=WINDOW_SECONDS)
        await asyncio.gather(*(batcher(2 * number) for number in range(count)))

    run_in_virtual_time(main())
    assert len(squares.batches) == -(-count // most)


def test_items_that_arrive_during_a_call_go_into_the_next() -> None:
    squares = Squares(seconds=10)

    async def main() -> None:
        batcher = Batcher(squares, max_items=100, window_seconds=WINDOW_SECONDS)
        waiting = [asyncio.create_task(batcher(0))]
        for second in range(1, 9):
            await asyncio.sleep(1)
            waiting.append(asyncio.create_task(batcher(2 * second)))
        await asyncio.gather(*waiting)

    run_in_virtual_time(main())
    assert squares.batches == [[0], [2, 4, 6, 8, 10, 12, 14, 16]]


@pytest.mark.parametrize(("call_seconds", "calls"), [(0.0, 20), (1.0, 6), (60.0, 2)])
def test_slower_calls_wait_longer_for_more_items(call_seconds: float, calls: int) -> None:
    """Twenty items, half a second apart, of which none is there when a call ends."""
    squares = Squares(seconds=call_seconds)

    async def main() -> None:
        batcher = Batcher(squares, max_items=100, window_seconds=WINDOW_SECONDS)
        waiting = []
        for number in range(20):
            waiting.append(asyncio.create_task(batcher(2 * number)))
            await asyncio.sleep(0.5)
        await asyncio.gather(*waiting)

    run_in_virtual_time(main())
    assert len(squares.batches) == calls


def test_a_call_does_not_wait_for_more_than_the_tags_under_way() -> None:
    """The last ones of a run; the first call took a minute."""
    squares = Squares(seconds=60)

    async def main() -> None:
        under_way = {Tag("0"), Tag("2"), Tag("4")}
        batcher = Batcher(
            squares, max_items=100, window_seconds=1, tag_of=lambda item: Tag(str(item)), under_way=under_way
        )
        await batcher(0)
        begun = asyncio.get_running_loop().time()
        waiting = [asyncio.create_task(batcher(item)) for item in (0, 2)]
        await asyncio.sleep(10)
        assert len(squares.batches) == 1, "it waits for the third tag"
        under_way.remove(Tag("4"))
        await asyncio.gather(*waiting)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(70, abs=1)
        under_way.remove(Tag("2"))
        begun = asyncio.get_running_loop().time()
        await batcher(0)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(60), "the last one waits for nothing"

    run_in_virtual_time(main())


def test_calls_overlap_when_they_are_full_or_the_last_of_a_run() -> None:
    """Five tags, two to a call, two calls at once: what waits for more tags waits for the call before it as well."""
    squares = Squares(seconds=60)

    async def main() -> list[int]:
        under_way = {Tag(str(number)) for number in range(0, 10, 2)}
        batcher = Batcher(
            squares, max_items=2, at_once=2, window_seconds=1, tag_of=lambda item: Tag(str(item)), under_way=under_way
        )
        waiting = [asyncio.create_task(batcher(number)) for number in (0, 2, 4)]
        await asyncio.sleep(10)
        assert squares.batches == [[0, 2]]
        waiting.append(asyncio.create_task(batcher(6)))
        await asyncio.sleep(10)
        assert squares.batches == [[0, 2], [4, 6]]
        waiting.append(asyncio.create_task(batcher(8)))
        begun = asyncio.get_running_loop().time()
        results = await asyncio.gather(*waiting)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(40 + 60, abs=1)
        return results

    assert run_in_virtual_time(main()) == [0, 4, 16, 36, 64]
    assert squares.most_at_once == 2


def test_the_first_call_may_be_smaller() -> None:
    squares = Squares()

    async def main() -> None:
        batcher = Batcher(squares, max_items=100, first_items=2, window_seconds=WINDOW_SECONDS)
        await asyncio.gather(*(batcher(2 * number) for number in range(9)))

    run_in_virtual_time(main())
    assert [len(batch) for batch in squares.batches] == [2, 7]


def test_a_batcher_without_a_window_never_waits() -> None:
    squares = Squares(seconds=10)

    async def main() -> None:
        batcher = Batcher(squares, max_items=100, window_seconds=0)
        await batcher(0)
        begun = asyncio.get_running_loop().time()
        await batcher(2)
        assert asyncio.get_running_loop().time() - begun == 10

    run_in_virtual_time(main())


def test_a_failed_call_fails_its_own_items_and_not_the_next_call() -> None:
    async def main() -> None:
        calls: list[list[int]] = []

        async def fails_once(items: Sequence[int]) -> list[int | Exception]:
            calls.append(list(items))
            if len(calls) == 1:
                raise ConnectionError("no route")
            return list(items)

        batcher = Batcher(fails_once, max_items=10, window_seconds=WINDOW_SECONDS)
        results = await asyncio.gather(batcher(1), batcher(2), return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionError, ConnectionError]
        assert await batcher(3) == 3

    run_in_virtual_time(main())


@pytest.mark.parametrize("cancelled", [0, 1, 2])
def test_a_cancelled_caller_costs_the_others_nothing(cancelled: int) -> None:
    """Wherever it was in the batch: the others and the next batch get their results."""
    squares = Squares(seconds=1)

    async def main() -> None:
        batcher = Batcher(squares, max_items=10, window_seconds=WINDOW_SECONDS)
        calls = [asyncio.create_task(batcher(2 * number)) for number in range(3)]
        await asyncio.sleep(0.5)
        calls[cancelled].cancel()
        results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), timeout=10)
        expected = [0, 4, 16]
        assert [result for result in results if not isinstance(result, asyncio.CancelledError)] == [
            square for number, square in enumerate(expected) if number != cancelled
        ]
        assert isinstance(results[cancelled], asyncio.CancelledError)
        assert await asyncio.wait_for(batcher(6), timeout=10) == 36

    run_in_virtual_time(main())
