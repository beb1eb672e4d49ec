"""Partitions: added in chunks that SQLite takes, and runs whose partitions have been deleted since the launch."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import Engine, event

from judge_pipeline.assets.partitions import NAME, add_tags, delete_tags, known_tags, requests_to_add
from judge_pipeline.automation.code_location import code_location
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline_tests.engine.trial import BATCH_SIZE, QUIET, Trial, definitions, every, message_of

PARAMETERS = 32_766
"""SQLite's own limit of a statement; some systems build it with a higher one."""

MANY = [f"image-{number}" for number in range(PARAMETERS + 1)]


@pytest.fixture
def usual_sqlite() -> Iterator[None]:
    def limit(connection: Any, _record: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, PARAMETERS)

    event.listen(Engine, "connect", limit)
    yield
    event.remove(Engine, "connect", limit)


def materialize_after_deleting(trial: Trial, deleted: list[str]) -> dg.ExecuteInProcessResult:
    """A run of all partitions; `deleted` are gone between its launch and its first step."""

    def delete_and_open(_context: dg.InitResourceContext) -> Iterator[PipelineResources]:
        delete_tags(trial.instance, deleted)
        yield trial.pipeline

    keys = list(trial.tags.values())
    add_tags(trial.instance, keys)
    return (
        code_location(dg.ResourceDefinition(delete_and_open), batch_size=BATCH_SIZE)
        .resolve_job_def("materialize_missing")
        .execute_in_process(
            instance=trial.instance,
            tags=PartitionRange(keys[0], keys[-1]).run_tags,
            raise_on_error=False,
            run_config=QUIET,
        )
    )


@pytest.mark.usefixtures("usual_sqlite")
def test_more_keys_than_one_statement_takes_are_added() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        add_tags(instance, MANY)
        assert len(known_tags(instance)) == len(MANY)


@pytest.mark.usefixtures("usual_sqlite")
def test_a_sensor_requests_many_keys_in_chunks() -> None:
    """Dagster's daemon adds the keys of a request in one statement."""
    with dg.DagsterInstance.local_temp() as instance:
        for request in requests_to_add(MANY):
            instance.add_dynamic_partitions(NAME, request.partition_keys)
        assert list(known_tags(instance)) == MANY


def test_a_run_whose_first_and_last_partition_are_deleted_processes_the_others(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow")
    tags = trial.tags
    colours = list(tags)
    result = materialize_after_deleting(trial, [tags[colours[0]], tags[colours[-1]]])
    assert result.success
    assert trial.materialized() == every(*colours[1:-1])
    left_out = next(entry for entry in trial.instance.all_logs(result.run_id) if "left out" in entry.message)
    assert left_out.message == "2 of 4 partitions were deleted or archived since the launch and are left out"


def test_a_run_without_any_partition_left_ends_in_one_sentence(trial: Trial) -> None:
    trial.add("red", "green")
    result = materialize_after_deleting(trial, list(trial.tags.values()))
    assert "do not exist; they were deleted or archived since" in message_of(result)
    assert trial.models.calls == []


def test_a_run_launched_without_a_partition_ends_in_one_sentence(trial: Trial) -> None:
    trial.add("red")
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    result = job.execute_in_process(instance=trial.instance, raise_on_error=False, run_config=QUIET)
    assert message_of(result) == (
        "stopped: this run was launched without partitions; select the partitions to process when you launch it. If there are "
        "none, launch the job `register_images`, which adds one for each image of the Encord project and costs nothing"
    )
