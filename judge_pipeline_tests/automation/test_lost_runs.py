"""A run whose machine is gone is ended by any other process, and one that only paused for too long ends itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

import judge_pipeline
from judge_pipeline.automation.killed_runs import killed_runs_sensor
from judge_pipeline.automation.support.lost_runs import HeartbeatTable, end_lost_runs
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.heartbeat import ENDED_EXIT_CODE
from judge_pipeline.store.store import Store

pytestmark = pytest.mark.slow

SECONDS = 2.4
"""Without a heartbeat, after which these runs count as lost."""

RUN = """
import sys
from judge_pipeline.engine.heartbeat import heartbeat
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.store import Store

url, run, seconds = sys.argv[1:]
with heartbeat(url, run, lost_after=float(seconds)):
    lease = Store.open(url).project("p").leases.acquire(["one"], holder=run, seconds=3600)
    print("alive", flush=True)
    sys.stdin.readline()
"""


@dg.job
def a_job() -> None:
    pass


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
        yield instance


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    Store.open(url).close()
    return url


@contextmanager
def run_elsewhere(instance: dg.DagsterInstance, url: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A run in a process that shares the store with this one, and no folder."""
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, url, run.run_id, str(SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(judge_pipeline.__file__).parents[1],
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "alive\n"
        yield run.run_id, process
    finally:
        process.kill()
        process.communicate()


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def look_until(look: Callable[[], list[str]]) -> list[str]:
    """What the first look returns that ends a run."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if ended := look():
            return ended
        time.sleep(SECONDS / 12)
    pytest.fail("no run was ended")


def test_a_killed_run_is_ended_and_its_tags_are_free(instance: dg.DagsterInstance, url: str) -> None:
    with run_elsewhere(instance, url) as (run_id, process):
        for _ in range(12):  # more than the seconds after which it would count as lost
            assert end_lost_runs(instance, url) == []
            time.sleep(SECONDS / 10)
        process.kill()
        assert look_until(lambda: end_lost_runs(instance, url)) == [run_id]
        assert status(instance, run_id) is dg.DagsterRunStatus.FAILURE
        messages = [entry.message for entry in instance.all_logs(run_id)]
        assert any("The process of this run is gone: its machine" in message for message in messages)
        assert end_lost_runs(instance, url) == []
        assert Store.open(url).project("p").leases.acquire([Tag("one")], holder="next", seconds=60)


def test_a_run_that_was_suspended_until_it_was_ended_exits(instance: dg.DagsterInstance, url: str) -> None:
    with run_elsewhere(instance, url) as (run_id, process):
        os.kill(process.pid, signal.SIGSTOP)
        assert look_until(lambda: end_lost_runs(instance, url)) == [run_id]
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(10) == ENDED_EXIT_CODE
        assert process.stderr
        assert f"run {run_id} showed no sign of life" in process.stderr.read()


def test_a_short_pause_ends_nothing(instance: dg.DagsterInstance, url: str) -> None:
    with run_elsewhere(instance, url) as (run_id, process):
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(SECONDS)
        assert end_lost_runs(instance, url) == []  # the first look at a silent run
        os.kill(process.pid, signal.SIGCONT)
        store = Store.open(url)
        look_until(lambda: ["alive"] if store.heartbeats.silent() == [] else [])
        assert end_lost_runs(instance, url) == []
        assert process.communicate("over\n")[1] == ""
        assert status(instance, run_id) is dg.DagsterRunStatus.STARTED


def test_a_finished_run_is_left_alone_and_forgotten(instance: dg.DagsterInstance, url: str) -> None:
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.SUCCESS)
    store = Store.open(url)
    store.heartbeats.beat(run.run_id, host="gone", seconds=0.01)
    time.sleep(0.02)
    assert end_lost_runs(instance, url) == []
    assert store.heartbeats.silent() == []
    assert status(instance, run.run_id) is dg.DagsterRunStatus.SUCCESS


def test_a_lost_run_with_a_cancel_request_ends_as_cancelled(instance: dg.DagsterInstance, url: str) -> None:
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.CANCELING)
    Store.open(url).heartbeats.beat(run.run_id, host="gone", seconds=0.01)
    assert look_until(lambda: end_lost_runs(instance, url)) == [run.run_id]
    assert status(instance, run.run_id) is dg.DagsterRunStatus.CANCELED


def test_runs_of_another_instance_are_left_to_it(instance: dg.DagsterInstance, url: str) -> None:
    store = Store.open(url)
    store.heartbeats.beat("elsewhere", host="gone", seconds=0.01)
    for _ in range(3):
        time.sleep(0.02)
        assert end_lost_runs(instance, url, wait=pytest.fail) == []
    assert [each.is_lost for each in store.heartbeats.silent()] == [False]


def test_a_command_waits_until_it_knows(
    instance: dg.DagsterInstance, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    Store.open(url).heartbeats.beat(run.run_id, host="gone", seconds=0.2)
    time.sleep(0.2)
    said: list[str] = []
    assert end_lost_runs(instance, url, wait=said.append) == [run.run_id]
    assert said == [f"run {run.run_id} on gone shows no sign of life; waiting until that is certain"]


def test_the_sensor_ends_it_and_names_a_store_that_cannot_be_used(
    instance: dg.DagsterInstance, url: str, tmp_path: Path
) -> None:
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    Store.open(url).heartbeats.beat(run.run_id, host="gone", seconds=0.01)
    sensor = killed_runs_sensor(UNPREFIXED, HeartbeatTable(url, 0.01))

    def tick(of: dg.SensorDefinition) -> str:
        with dg.build_sensor_context(instance=instance) as context:
            return str(of.evaluate_tick(context).skip_message)

    assert look_until(lambda: [message] if (message := tick(sensor)) != "no run was killed" else []) == [
        f"ended as failed: {run.run_id}"
    ]
    (tmp_path / "damaged.db").write_text("not a database" * 100)
    damaged = killed_runs_sensor(UNPREFIXED, HeartbeatTable(f"sqlite:///{tmp_path}/damaged.db", 60))
    assert tick(damaged).startswith("no run was killed; runs of other machines are not known: ")


def test_a_store_that_does_not_exist_is_not_created(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    assert end_lost_runs(instance, f"sqlite:///{tmp_path}/none.db") == []
    assert not (tmp_path / "none.db").exists()
