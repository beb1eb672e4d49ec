"""Finished images leave Dagster's partitions and nothing else; they come back as soon as they are work again."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.support.archiving import archive_tags, find_archivable
from judge_pipeline.cli.support.found_images import find_images
from judge_pipeline.dagster_events.partition_deletion import delete_partitions
from judge_pipeline.engine.read_report import read_report
from judge_pipeline_tests.automation.test_new_images import tick
from judge_pipeline_tests.engine.people import approve, complete, reject, send
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions


def archive(trial: Trial, before: datetime | None = None) -> tuple[int, int]:
    """How many images it archives, and how many of them had a partition."""
    with trial.pipeline.open_store() as store:
        found = find_archivable(trial.project.snapshot(), store, trial.instance, before=before)
        archive_tags(found, store, trial.instance)
    return len(found.tags), len(found.with_partition)


def run_job(trial: Trial, name: str, **options: object) -> dg.ExecuteInProcessResult:
    job = definitions(trial.pipeline).resolve_job_def(name)
    return job.execute_in_process(instance=trial.instance, run_config={**QUIET, **options}, raise_on_error=False)


def keys(trial: Trial) -> set[str]:
    return set(known_tags(trial.instance))


def test_finished_images_leave_the_partitions_and_stay_in_the_report(
    trial: Trial, instance_on_disk: dg.DagsterInstance
) -> None:
    trial.add("red", "green", "blue", "white")
    tags = trial.tags
    assert trial.materialize("red", "green", "blue").success
    approve(trial, "red")
    reject(trial, "green")
    complete(trial, "white")  # without the pipeline, and without a partition
    with trial.pipeline.open_store() as store:
        before = list(read_report(trial.pipeline, store).json_text())
    calls = len(trial.models.calls)

    assert archive(trial, before=datetime.now(UTC) - timedelta(days=30)) == (1, 0)  # nothing is known of white
    assert archive(trial) == (2, 2)
    assert keys(trial) == {tags["blue"]}
    assert archive(trial) == (0, 0)
    assert run_job(trial, "register_images").success
    assert not tick(trial).dynamic_partitions_requests
    assert keys(trial) == {tags["blue"]}
    with trial.pipeline.open_store() as store:
        assert list(read_report(trial.pipeline, store).json_text()) == before
    (found,) = find_images("red", trial.pipeline, trial.instance)
    assert "archived 20" in found.lines["partition"]
    assert "`retry_failed` with this key" in found.lines["partition"]

    config = {"carry_failed_tags": {"config": {"tags": [tags["red"]]}}}
    assert run_job(trial, "retry_failed", ops=config).success
    assert keys(trial) == {tags["blue"], tags["red"]}
    assert archive(trial) == (1, 1)
    assert len(trial.models.calls) == calls


def test_a_reopened_image_is_work_whatever_was_archived(trial: Trial, instance_on_disk: dg.DagsterInstance) -> None:
    trial.add("red", "green")
    tags = trial.tags
    assert trial.materialize().success
    for colour in ("red", "green"):
        approve(trial, colour)
    assert archive(trial) == (2, 2)

    send(trial, "red", "LLM as Judge")
    send(trial, "green", "Human Review")
    found = tick(trial)
    assert keys(trial) == set(tags.values())
    assert [request.tags["dagster/asset_partition_range_start"] for request in found.run_requests or ()] == [
        tags["red"]
    ]


def test_a_text_that_was_left_behind_keeps_its_image(trial: Trial) -> None:
    trial.add_finished("red")
    tags = trial.tags
    approve(trial, "red")
    send(trial, f"{tags['red']}-Text_8B", "LLM as Judge")
    assert archive(trial) == (0, 0)
    assert keys(trial) == {tags["red"]}


def test_what_a_run_holds_stays_and_what_a_kill_left_is_done_by_the_next_call(trial: Trial) -> None:
    trial.add_finished("red", "green")
    tags = trial.tags
    for colour in ("red", "green"):
        approve(trial, colour)
    with trial.pipeline.open_store() as store:
        store.leases.acquire([tags["red"]], holder="a run", seconds=60)  # type: ignore[list-item]
        store.archived.add([tags["green"]])  # type: ignore[list-item]  # and killed before the partition went
        found = find_archivable(trial.project.snapshot(), store, trial.instance)
    assert found.held == 1
    assert archive(trial) == (1, 1)
    assert keys(trial) == {tags["red"]}


def test_many_partitions_are_deleted_at_once_and_one_by_one_where_dagster_is_another(
    dagster_on_disk: dg.DagsterInstance,
) -> None:
    add_tags(dagster_on_disk, [f"k{n}" for n in range(1100)])
    delete_partitions(dagster_on_disk, "tag", [f"k{n}" for n in range(1, 1100)])
    assert list(known_tags(dagster_on_disk)) == ["k0"]
    with dg.DagsterInstance.ephemeral() as instance:
        add_tags(instance, ["a", "b", "c"])
        delete_partitions(instance, "tag", ["a", "c", "never there"])
        assert list(known_tags(instance)) == ["b"]
    delete_partitions(dagster_on_disk, "tag", ["k0"])
