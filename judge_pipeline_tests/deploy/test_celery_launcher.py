"""*Terminate* under Celery: the run ends as canceled and is not started again; a run that no one has taken ends at once."""

from collections.abc import Iterator

import dagster as dg
import pytest
import yaml
from dagster_celery.make_app import make_app

from judge_pipeline_tests.deploy.redis_server import redis_program, running_redis
from judge_pipeline_tests.deploy.shared_instance import SHIPPED

pytestmark = pytest.mark.slow

STATUS = dg.DagsterRunStatus


@dg.job
def a_job() -> None:
    pass


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """An instance on SQLite with the shipped launcher, and Redis."""
    program = redis_program()
    if program is None:
        pytest.skip("Redis is not installed (no redis-server)")
    home = tmp_path_factory.mktemp("dagster")
    shipped = yaml.safe_load((SHIPPED / "dagster-workers.yaml").read_text(encoding="utf-8"))
    with running_redis(program, tmp_path_factory.mktemp("redis") / "data") as broker:
        config = {"broker": f"{broker}/0", "backend": f"{broker}/1"}
        launcher = {"run_launcher": {**shipped["run_launcher"], "config": config}, "telemetry": {"enabled": False}}
        (home / "dagster.yaml").write_text(yaml.safe_dump(launcher))
        with dg.DagsterInstance.from_config(str(home)) as instance:
            yield instance


def launched(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, celery: str | None) -> dg.DagsterRun:
    """A run whose task is in this state of Celery's."""
    run = instance.create_run_for_job(a_job, status=status)
    if celery is not None:
        instance.add_run_tags(run.run_id, {"dagster-celery/task_id": run.run_id})
        instance.run_launcher.celery.backend.store_result(run.run_id, None, celery)  # type: ignore[attr-defined]
    return run


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_terminate_asks_a_run_at_work_to_end_as_canceled(instance: dg.DagsterInstance) -> None:
    run = launched(instance, STATUS.STARTED, "STARTED")
    assert instance.run_launcher.terminate(run.run_id)
    assert status(instance, run) is STATUS.CANCELING


@pytest.mark.parametrize("celery", ["PENDING", None])
def test_a_run_that_no_worker_has_taken_is_canceled_at_once(instance: dg.DagsterInstance, celery: str | None) -> None:
    run = launched(instance, STATUS.STARTING, celery)
    assert instance.run_launcher.terminate(run.run_id)
    assert status(instance, run) is STATUS.CANCELED


def test_a_finished_run_is_left_as_it_is(instance: dg.DagsterInstance) -> None:
    run = launched(instance, STATUS.SUCCESS, "SUCCESS")
    assert not instance.run_launcher.terminate(run.run_id)
    assert not instance.run_launcher.terminate("unknown")
    assert status(instance, run) is STATUS.SUCCESS


@pytest.mark.parametrize(("celery", "health"), [("STARTED", "RUNNING"), ("FAILURE", "FAILED"), ("PENDING", "RUNNING")])
def test_a_task_that_celery_knows_nothing_of_is_not_taken_for_dead(
    instance: dg.DagsterInstance, celery: str, health: str
) -> None:
    """Redis may have been emptied; Dagster would end a live run."""
    run = launched(instance, STATUS.STARTED, celery)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert instance.run_launcher.check_run_worker_health(found).status.name == health


def test_a_busy_worker_reserves_no_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SHIPPED))
    for name in ("BROKER", "BACKEND"):
        monkeypatch.setenv(f"DAGSTER_CELERY_{name}_URL", "redis://127.0.0.1:1/0")
    conf = make_app().conf  # type: ignore[no-untyped-call]
    assert (conf.worker_prefetch_multiplier, conf.worker_disable_prefetch, conf.task_acks_late) == (1, True, False)
