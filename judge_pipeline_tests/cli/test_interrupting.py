"""Ctrl-C and other signals: everything stops soon, finished work is kept, and no process is left."""

import signal
from pathlib import Path

import pytest

from judge_pipeline.store.store import Store
from judge_pipeline_tests.cli.commands import running
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.model_stub import JUDGE, paint
from judge_pipeline_tests.processes import descendants, have_ended, processes_using, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BEFORE_THE_JUDGE = ("images", "captions_8b", "captions_16b", "linked_text_items")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_finished_work(
    user_project: UserProject, tmp_path: Path, sign: signal.Signals
) -> None:
    """Interrupted while the judge does not answer, a run has paid for the captions and keeps them."""
    for colour in ("red", "blue"):
        user_project.models.hold(JUDGE, colour)
    with running("run", cwd=tmp_path, settings=user_project.settings, installed=sign is signal.SIGINT) as run:
        wait_until(
            lambda: user_project.models.count(JUDGE) == 4, seconds=100, otherwise=lambda: run.stdout + run.stderr
        )
        assert run.end(sign, seconds=30) == 130
    assert run.stderr == "judge-pipeline: interrupted; finished work is kept, run the same command again to resume\n"
    user_project.models.clear_replies()
    store = Store.open(f"sqlite:///{tmp_path}/.judge_pipeline/store.sqlite3")
    assert store.project(user_project.seed.project_hash).result_counts() == dict.fromkeys(BEFORE_THE_JUDGE, 2)
    store.close()


def test_interrupting_dagster_while_it_starts_leaves_no_process(home: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    paint(images, "red")
    with running("demo", "--images", "images", "--home", "home", "--ui", "--port", "0", cwd=tmp_path) as demo:
        demo.wait_for_line("Starting Dagster")
        wait_until(lambda: descendants(demo.process.pid), seconds=20)
        processes = descendants(demo.process.pid) | processes_using(home)
        assert demo.end(signal.SIGINT) == 0, demo.stderr
        wait_until(lambda: have_ended(processes), seconds=5)
    assert demo.stderr == ""
