"""Events written together are what Dagster's own storage, one by one, would have left."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.dagster_events.sqlite_storage import BatchedSqliteEventLogStorage
from judge_pipeline.engine.run_batch import BatchConfig

TAGS = dg.DynamicPartitionsDefinition(name="tag")
KEYS = [f"tag {number}" for number in range(8)]


@dg.multi_asset(
    specs=[dg.AssetSpec(name, partitions_def=TAGS, skippable=True) for name in ("one", "two")],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def pair(context: dg.AssetExecutionContext, config: BatchConfig) -> Iterator[None]:
    """Materialises all but the last tag, and fails."""
    for key in context.partition_keys[:-1]:
        for name in ("one", "two"):
            context.log_event(dg.AssetMaterialization(name, partition=key, metadata={"words": 3}))
    raise dg.Failure("the last one is bad")
    yield


@dg.asset_check(asset="one")
def counted() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def run(instance: dg.DagsterInstance) -> None:
    definitions = dg.Definitions(assets=[pair], asset_checks=[counted], executor=dg.in_process_executor)
    instance.add_dynamic_partitions("tag", KEYS)
    tags = {"dagster/asset_partition_range_start": KEYS[0], "dagster/asset_partition_range_end": KEYS[-1]}
    definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, tags=tags, raise_on_error=False
    )


def told(instance: dg.DagsterInstance) -> list[object]:
    """What Dagster's pages show of the run: every event in order, each partition's status, each asset's last event."""
    (record,) = instance.get_run_records()
    run_id = record.dagster_run.run_id
    events = [
        (entry.dagster_event.event_type_value, entry.dagster_event.asset_key, entry.dagster_event.partition)
        for entry in instance.all_logs(run_id)
        if entry.dagster_event
    ]
    assets = [dg.AssetKey(name) for name in ("one", "two")]
    statuses = [instance.get_status_by_partition(asset, KEYS, TAGS) for asset in assets]
    last = [
        event.asset_materialization for asset in assets if (event := instance.get_latest_materialization_event(asset))
    ]
    planned = [instance.get_latest_planned_materialization_info(asset) for asset in assets]
    return [
        sorted(map(str, events)),
        statuses,
        last,
        [info is not None for info in planned],
        [sorted(instance.get_materialized_partitions(asset)) for asset in assets],
        sorted(map(str, instance.all_asset_keys())),
    ]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as Dagster makes it by itself."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        yield instance


@pytest.fixture
def batched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance as the commands make it."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "")
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE")
    with dagster_instance(tmp_path / "home") as instance:
        assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
        yield instance


def test_a_failed_run_of_eight_tags_looks_the_same(own: dg.DagsterInstance, batched: dg.DagsterInstance) -> None:
    for instance in (own, batched):
        run(instance)
    assert told(batched) == told(own)


def test_the_files_are_where_dagsters_own_storage_has_them(batched: dg.DagsterInstance, tmp_path: Path) -> None:
    run(batched)
    (record,) = batched.get_run_records()
    assert (tmp_path / "home" / "history" / "runs" / f"{record.dagster_run.run_id}.db").exists()
