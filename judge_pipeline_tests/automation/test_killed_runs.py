"""A run whose process was killed is ended, and a living one is left alone."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.automation.killed_runs import FOLDER, end_killed_runs, killed_runs_sensor, marked_as_alive
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline_tests.forked import Forked
from judge_pipeline_tests.processes import wait_until

pytestmark = pytest.mark.slow


@dg.job
def a_job() -> None:
    pass


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
        yield instance


def hold(folder: str, run_id: str, alive: Path) -> None:
    """Marks a run as alive until the test removes the file `alive`; runs in a process of its own."""
    with dg.DagsterInstance.local_temp(folder) as instance, marked_as_alive(instance, run_id):
        alive.touch()
        wait_until(lambda: not alive.exists(), seconds=60)


@contextmanager
def run_in_a_process(instance: dg.DagsterInstance) -> Iterator[tuple[str, Forked]]:
    """A run whose process is not this one."""
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    alive = Path(instance.root_directory, f"{run.run_id}.alive")
    process = Forked(hold, instance.root_directory, run.run_id, alive)
    wait_until(alive.exists, seconds=60)
    yield run.run_id, process
    alive.unlink()
    process.wait()


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_is_ended_after_its_process_was_killed_and_not_before(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        assert end_killed_runs(instance) == []
        assert status(instance, run_id) is dg.DagsterRunStatus.STARTED
        process.kill()
        process.wait()
        assert end_killed_runs(instance) == [run_id]
        assert status(instance, run_id) is dg.DagsterRunStatus.FAILURE
        messages = [entry.message for entry in instance.all_logs(run_id)]
        assert any("The process of this run was killed" in message for message in messages)
        assert end_killed_runs(instance) == []


def test_a_run_that_finishes_is_not_mistaken_for_a_killed_one(
    instance: dg.DagsterInstance,
) -> None:
    """Dagster still shows it as started between its last step and its final status."""
    run = instance.create_run_for_job(a_job, status=dg.DagsterRunStatus.STARTED)
    with suppress(KeyboardInterrupt), marked_as_alive(instance, run.run_id):
        assert end_killed_runs(instance) == []
        raise KeyboardInterrupt
    assert end_killed_runs(instance) == []
    assert status(instance, run.run_id) is dg.DagsterRunStatus.STARTED


def test_a_second_process_of_a_run_does_not_remove_the_mark_of_the_first(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, _process):
        with marked_as_alive(instance, run_id):
            assert end_killed_runs(instance) == []
        assert end_killed_runs(instance) == []


def test_a_run_that_dagster_has_ended_itself_is_left_alone(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_run_failed(run)
        process.kill()
        process.wait()
        entries = len(instance.all_logs(run_id))
        assert end_killed_runs(instance) == []
        assert len(instance.all_logs(run_id)) == entries


def test_a_killed_run_with_a_cancel_request_ends_as_cancelled(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_run_canceling(run)
        process.kill()
        process.wait()
        end_killed_runs(instance)
        assert status(instance, run_id) is dg.DagsterRunStatus.CANCELED


def test_a_run_that_was_deleted_from_dagster_is_not_an_error(instance: dg.DagsterInstance) -> None:
    with run_in_a_process(instance) as (run_id, process):
        process.kill()
        process.wait()
        instance.delete_run(run_id)
        assert end_killed_runs(instance) == []


def test_a_run_works_without_a_writable_folder(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        (tmp_path / FOLDER).write_text("not a folder")
        with marked_as_alive(instance, "a run"):
            assert end_killed_runs(instance) == []


def test_the_sensor_is_on_by_default_and_reports_what_it_ended(instance: dg.DagsterInstance) -> None:
    assert killed_runs_sensor(UNPREFIXED).default_status is dg.DefaultSensorStatus.RUNNING
    with run_in_a_process(instance) as (run_id, process):
        process.kill()
        process.wait()
        for message in (f"ended as failed: {run_id}", "no run was killed"):
            with dg.build_sensor_context(instance=instance) as context:
                assert killed_runs_sensor(UNPREFIXED).evaluate_tick(context).skip_message == message
