"""A run whose process was killed does not stay under way for ever, and a living one is never ended by anybody else."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.automation.killed_runs import FOLDER, end_killed_runs, killed_runs_sensor, marked_as_alive
from judge_pipeline_tests.forked import PROCESSES


@dg.job
def a_job() -> None:
    pass


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
        yield instance


def hold(folder: str, run_id: str, test: Connection) -> None:
    """What the process does that is at work on a run, until the test hangs up."""
    with dg.DagsterInstance.local_temp(folder) as instance, marked_as_alive(instance, run_id), suppress(EOFError):
        test.send("alive")
        test.recv()


@contextmanager
def run_in_a_process(instance: dg.DagsterInstance) -> Iterator[tuple[str, BaseProcess]]:
    """A run that another process is at work on."""
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    ours, its = PROCESSES.Pipe()
    process = PROCESSES.Process(target=hold, args=(instance.root_directory, run.run_id, its))
    process.start()
    its.close()
    with ours:
        assert ours.recv() == "alive"
        yield run.run_id, process
    process.join()


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_is_ended_once_its_process_was_killed_and_not_before(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        assert end_killed_runs(instance) == []
        assert status(instance, run_id) is dg.DagsterRunStatus.STARTED
        process.kill()
        process.join()
        assert end_killed_runs(instance) == [run_id]
        assert status(instance, run_id) is dg.DagsterRunStatus.FAILURE
        messages = [entry.message for entry in instance.all_logs(run_id)]
        assert any("The process of this run was killed" in message for message in messages)
        assert end_killed_runs(instance) == []


def test_a_run_that_comes_to_its_own_end_leaves_nothing_to_be_taken_for_a_killed_one(
    instance: dg.DagsterInstance,
) -> None:
    """Between the last step and the status that says so it is still under way."""
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    with suppress(KeyboardInterrupt), marked_as_alive(instance, run.run_id):
        assert end_killed_runs(instance) == []
        raise KeyboardInterrupt
    assert end_killed_runs(instance) == []
    assert status(instance, run.run_id) is dg.DagsterRunStatus.STARTED


def test_a_second_process_of_a_run_does_not_end_what_the_first_one_shows(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, _process):
        with marked_as_alive(instance, run_id):
            assert end_killed_runs(instance) == []
        assert end_killed_runs(instance) == []


def test_what_dagster_has_noticed_itself_is_left_as_it_is(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_run_failed(run)
        process.kill()
        process.join()
        entries = len(instance.all_logs(run_id))
        assert end_killed_runs(instance) == []
        assert len(instance.all_logs(run_id)) == entries


def test_a_run_that_was_to_be_cancelled_is_cancelled(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_run_canceling(run)
        process.kill()
        process.join()
        end_killed_runs(instance)
        assert status(instance, run_id) is dg.DagsterRunStatus.CANCELED


def test_a_run_that_dagster_has_forgotten_is_no_error(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        process.kill()
        process.join()
        instance.delete_run(run_id)
        assert end_killed_runs(instance) == []


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_run(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        (tmp_path / FOLDER).write_text("not a folder")
        with marked_as_alive(instance, "a run"):
            assert end_killed_runs(instance) == []


def test_the_sensor_looks_from_the_start_and_says_what_it_has_done(instance: dg.DagsterInstance) -> None:
    assert killed_runs_sensor.default_status is dg.DefaultSensorStatus.RUNNING
    with run_in_a_process(instance) as (run_id, process):
        process.kill()
        process.join()
        for said in (f"ended as failed: {run_id}", "no run was killed"):
            with dg.build_sensor_context(instance=instance) as context:
                assert killed_runs_sensor.evaluate_tick(context).skip_message == said
