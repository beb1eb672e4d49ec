"""The Python of docs/running.md, run as in a notebook: with an event loop in the main thread."""

import asyncio
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.engine.interruption import Interrupted, run_coroutine, run_until_interrupted
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.environments import use_only_settings

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "running.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def notebook(user_project: UserProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UserProject]:
    """The user's settings and a folder of their own, in a process that has not loaded the code location yet."""
    monkeypatch.delitem(sys.modules, "judge_pipeline.definitions", raising=False)
    use_only_settings(monkeypatch, {**user_project.settings, "DAGSTER_HOME": str(tmp_path / "dagster_home")})
    monkeypatch.chdir(tmp_path)
    yield user_project
    user_project.models.clear_replies()


def run_cell(code: str) -> None:
    """Runs code in the main thread while its event loop is running."""

    async def cell() -> None:
        exec(compile(code, "cell", "exec"), {})

    asyncio.run(cell())


def test_three_lines_run_the_pipeline_in_a_notebook(notebook: UserProject, capsys: pytest.CaptureFixture[str]) -> None:
    run_cell(BLOCKS[0])
    assert encord_state(notebook.seed) == finished("red", "blue")
    assert "Report: " in capsys.readouterr().out


def test_dagsters_own_function_materializes_in_a_notebook(notebook: UserProject, tmp_path: Path) -> None:
    run_cell(BLOCKS[0].replace("limit=10", "limit=1"))
    with dagster_instance(tmp_path / "dagster_home") as instance:
        run_cell(BLOCKS[1].replace('("tag")[0]', '("tag")[1]'))
        assert encord_state(notebook.seed) == finished("red", "blue")
        latest = instance.get_latest_materialization_event(dg.AssetKey("best_captions"))
    assert latest is not None


def interrupt_until(end: threading.Event) -> None:
    """Interrupts once, and again if Python has dropped that: it does so within a callback of its garbage collector."""
    os.kill(os.getpid(), signal.SIGINT)
    while not end.wait(5):
        os.kill(os.getpid(), signal.SIGINT)


def test_interrupting_a_cell_cancels_the_batch() -> None:
    """Ctrl-C reaches the main thread, while the batch runs in another one."""
    is_waiting, is_cancelled = threading.Event(), threading.Event()

    async def batch() -> None:
        try:
            is_waiting.set()
            await asyncio.Event().wait()
        finally:
            is_cancelled.set()

    def interrupt() -> None:
        is_waiting.wait()
        interrupt_until(is_cancelled)

    async def cell() -> None:
        with pytest.raises(Interrupted):
            run_until_interrupted(batch())

    threading.Thread(target=interrupt).start()
    asyncio.run(cell())
    assert is_cancelled.is_set()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_work_that_is_interrupted_at_any_moment_of_its_start_ends() -> None:
    def interrupt(microseconds: int, end: threading.Event) -> None:
        time.sleep(microseconds / 1e6)
        interrupt_until(end)

    async def cell(microseconds: int, end: threading.Event) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=interrupt, args=[microseconds, end]).start()
        run_coroutine(asyncio.Event().wait())

    before = signal.getsignal(signal.SIGINT)
    try:
        for microseconds in range(0, 2_000, 20):
            end = threading.Event()
            with pytest.raises(KeyboardInterrupt):
                asyncio.run(cell(microseconds, end))
            end.set()
    finally:
        signal.signal(signal.SIGINT, before)
