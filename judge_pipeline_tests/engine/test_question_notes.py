"""The questions of a run: each is noted once, and what is not submitted is free when the run ends, however it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.question_notes import RunNotes, run_notes
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.models.batch_asker import NewQuestion
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import MODEL_RETRIES
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.errors import StoreUnavailable
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.store import ProjectStore, Store

ENDPOINT = Endpoint("LLM1", "http://models.example/v1", "m", mode="batch")
DIALECT = Dialect.for_endpoint(ENDPOINT)
ONE, TWO = Tag("one"), Tag("two")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProjectStore]:
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store.project("p")
    store.close()


@asynccontextmanager
async def noting(store: ProjectStore, folder: Path, limits: SpendingLimits) -> AsyncIterator[RunNotes]:
    identity = RunIdentity("run", "run")
    async with run_notes(store, identity, [ENDPOINT], limits, folder, MODEL_RETRIES, warn=pytest.fail) as notes:
        assert notes is not None
        yield notes


async def note(notes: RunNotes, tag: Tag, id_: str, limits: SpendingLimits) -> bool:
    async with limits.call(ENDPOINT, usd=0.5) as call:
        question = NewQuestion(id_, id_, ENDPOINT, lambda: {"model": "m"}, DIALECT, 0.5)
        is_new = await notes.of("captions_8b", tag).note(question)
        if is_new:
            call.noted(0.5)
    return is_new


def test_a_question_that_two_tags_note_at_once_is_written_once(store: ProjectStore, tmp_path: Path) -> None:
    limits = SpendingLimits()

    async def run() -> None:
        async with noting(store, tmp_path / "files", limits) as notes:
            assert sorted(await asyncio.gather(*(note(notes, tag, "q", limits) for tag in (ONE, TWO)))) == [False, True]
            known = await notes.of("captions_8b", TWO).find("q")
            assert known is not None
            assert (known.is_pending, known.sent) == (True, DIALECT)
            assert store.questions.waiting_tags() == {ONE, TWO}
            (part,) = (tmp_path / "files" / "spool" / "run").iterdir()
            assert part.parent.stat().st_mode & 0o777 == 0o700
            assert limits.calls == 1

    asyncio.run(run())


@pytest.mark.parametrize("error", [asyncio.CancelledError, RuntimeError])
def test_what_was_not_submitted_is_free_however_the_run_ends(
    store: ProjectStore, tmp_path: Path, error: type[BaseException]
) -> None:
    limits = SpendingLimits(max_cost_usd=10)

    async def run() -> None:
        async with noting(store, tmp_path / "files", limits) as notes:
            await note(notes, ONE, "q", limits)
            await note(notes, TWO, "r", limits)
            assert store.spent_since(store.budget_leases.now().replace(year=2000)).reserved_usd == 1.0
            raise error

    with pytest.raises(error):
        asyncio.run(run())
    assert store.questions.waiting_tags() == set()
    assert {each.state for each in store.questions.find(["q", "r"]).values()} == {QuestionState.NOTED}
    assert store.spent_since(store.budget_leases.now().replace(year=2000)).cost_usd == 0
    assert (limits.calls, limits.usd_needed.settled) == (0, 0)
    assert list((tmp_path / "files" / "spool").iterdir()) == []


def test_a_folder_that_cannot_be_written_stops_the_run_and_frees_the_question(
    store: ProjectStore, tmp_path: Path
) -> None:
    (tmp_path / "files").write_text("in the way")
    limits = SpendingLimits()

    async def run() -> None:
        async with noting(store, tmp_path / "files", limits) as notes:
            await note(notes, ONE, "q", limits)

    with pytest.raises(
        StoreUnavailable, match=r"the files of model batches cannot be written to .*; free space or repair"
    ):
        asyncio.run(run())
    assert store.questions.waiting_tags() == set()


def test_a_live_project_without_batches_has_no_notes(store: ProjectStore, tmp_path: Path) -> None:
    live = Endpoint("LLM1", "http://models.example/v1", "m")

    async def run() -> bool:
        limits, identity = SpendingLimits(), RunIdentity("run", "run")
        async with run_notes(store, identity, [live], limits, tmp_path, MODEL_RETRIES, warn=pytest.fail) as notes:
            return notes is None

    assert asyncio.run(run())
