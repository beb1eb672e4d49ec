"""A run over two partitioned assets that logs its events as the pipeline does, and what Dagster's pages show of it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg

from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.reporting.values import judgement

ASSETS = ("one", "two")
TAGS = dg.DynamicPartitionsDefinition(name="tag")
KEYS = [f"tag {number}" for number in range(8)]
LOGGED = {
    *(("ASSET_MATERIALIZATION_PLANNED", asset, key) for asset in ASSETS for key in KEYS),
    *(("ASSET_MATERIALIZATION", asset, key) for asset in ASSETS for key in KEYS[:-1]),
    ("ASSET_OBSERVATION", "two", KEYS[-1]),
}
"""The asset events of the run: type, asset and partition."""

INDEXED = {dg.DagsterEventType(kind) for kind, _, _ in LOGGED}


class How(dg.Config):
    """`by_dagster` logs each event with Dagster's own call, and everything else as the pipeline does."""

    by_dagster: bool = False


@dg.multi_asset(
    specs=[dg.AssetSpec(name, partitions_def=TAGS, skippable=True) for name in ASSETS],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def two_assets(context: dg.AssetExecutionContext, config: How) -> Iterator[None]:
    """Materialises all but the last tag, and fails."""
    from judge_pipeline.dagster_events.data_versions import version_tags  # after a test has taken names away
    from judge_pipeline.dagster_events.event_log import EventLog
    from judge_pipeline.dagster_events.metadata import partition_metadata

    with EventLog(context, item_url=str) as log:
        for key in context.partition_keys[:-1]:
            value = judgement(Tag(key), None, model=key)
            for asset in ASSETS:
                if config.by_dagster:
                    metadata = partition_metadata(value, None, item_url=str, reused=False)
                    tags = version_tags(value)
                    context.log_event(dg.AssetMaterialization(asset, partition=key, metadata=metadata, tags=tags))
                else:
                    log.materialized(asset, Tag(key), value, image=None, reused=False)
        log.failed("two", Tag(context.partition_keys[-1]), title="last.png", kind="Bad", reason="the last one is bad")
    raise dg.Failure("the last one is bad")
    yield


@dg.asset_check(asset="one")
def checked() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def run(instance: dg.DagsterInstance, *, by_dagster: bool = False) -> dg.ExecuteInProcessResult:
    definitions = dg.Definitions(assets=[two_assets], asset_checks=[checked], executor=dg.in_process_executor)
    instance.add_dynamic_partitions("tag", KEYS)
    tags = {"dagster/asset_partition_range_start": KEYS[0], "dagster/asset_partition_range_end": KEYS[-1]}
    config = {"ops": {"two_assets": {"config": {"by_dagster": by_dagster}}}}
    return definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, tags=tags, run_config=config, raise_on_error=False
    )


def shown(instance: dg.DagsterInstance) -> dict[str, object]:
    """What Dagster's pages show of the only run."""
    (record,) = instance.get_run_records()
    events = [
        (entry.dagster_event.event_type_value, str(entry.dagster_event.asset_key), entry.dagster_event.partition)
        for entry in instance.all_logs(record.dagster_run.run_id)
        if entry.dagster_event
    ]
    assets = [dg.AssetKey(name) for name in ASSETS]
    latest = [instance.get_latest_materialization_event(asset) for asset in assets]
    return {
        "events": sorted(map(str, events)),
        "statuses": [instance.get_status_by_partition(asset, KEYS, TAGS) for asset in assets],
        "latest": [entry and entry.asset_materialization for entry in latest],
        "planned": [instance.get_latest_planned_materialization_info(asset) is not None for asset in assets],
        "materialized": [sorted(instance.get_materialized_partitions(asset)) for asset in assets],
        "versions": [instance.get_latest_data_version_record(asset, partition_key=KEYS[0]) is None for asset in assets],
        "assets": sorted(map(str, instance.all_asset_keys())),
        "reasons": [
            (found.partition, found.description)
            for record in instance.fetch_observations(dg.AssetKey("two"), limit=10).records
            if (found := record.asset_observation)
        ],
    }


Logged = tuple[str, str, str | None]
"""Type, asset and partition of an event."""


def times_logged(instance: dg.DagsterInstance, run_id: str) -> Counter[Logged]:
    """How often the run's own log has each of its asset events."""
    return Counter(
        (event.event_type_value, event.asset_key.to_user_string(), event.partition)
        for entry in instance.all_logs(run_id)
        if (event := entry.dagster_event) and event.event_type in INDEXED
    )


def times_indexed(home: Path, run_id: str) -> Counter[Logged]:
    """How often the index of all runs, from which the pages of assets are made, has each of them."""
    with closing(sqlite3.connect(home / "history" / "runs" / "index.db")) as connection:
        rows = connection.execute(
            "SELECT dagster_event_type, asset_key, partition FROM event_logs WHERE run_id = ? AND asset_key IS NOT NULL",
            [run_id],
        ).fetchall()
    return Counter((kind, dg.AssetKey.from_db_string(key).to_user_string(), partition) for kind, key, partition in rows)


def assert_everything_is_logged_once(instance: dg.DagsterInstance, home: Path, run_id: str) -> None:
    """As the run of `two_assets` should leave it, in both files."""
    assert times_logged(instance, run_id) == dict.fromkeys(LOGGED, 1)
    assert times_indexed(home, run_id) == dict.fromkeys(LOGGED, 1)
