"""All assets in one run: the unpartitioned ones follow the tags, and no step is skipped without a word."""

from collections import Counter

import dagster as dg

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline_tests.engine.trial import ASSETS, QUIET, Trial, definitions, every, message_of
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import failure

UNPARTITIONED = {"final_choices", "report", "preference_pairs", "best_captions"}
MATERIALIZED = dg.DagsterEventType.ASSET_MATERIALIZATION
SKIPPED = dg.DagsterEventType.STEP_SKIPPED


def materializations(trial: Trial, run_id: str) -> Counter[tuple[str, str | None]]:
    """How often each (asset, partition) was logged."""
    events = [entry.dagster_event for entry in trial.instance.all_logs(run_id, of_type=MATERIALIZED)]
    return Counter(
        (event.asset_key.to_user_string(), event.partition) for event in events if event is not None and event.asset_key
    )


def test_all_assets_with_one_partition_are_materialized_in_one_run(trial: Trial) -> None:
    trial.add("red")
    (tag,) = trial.tags.values()
    add_tags(trial.instance, [tag])
    result = dg.materialize(
        [asset for asset in definitions(trial.pipeline).assets or () if isinstance(asset, dg.AssetsDefinition)],
        instance=trial.instance,
        partition_key=tag,
        resources={"pipeline": trial.pipeline},
        run_config=QUIET,
    )
    assert result.success
    expected: dict[tuple[str, str | None], int] = {(asset, tag): 1 for asset in ASSETS}
    expected |= {(asset, None): 1 for asset in UNPARTITIONED}
    assert materializations(trial, result.run_id) == expected
    assert trial.instance.all_logs(result.run_id, of_type=SKIPPED) == []


def test_what_dagsters_page_launches_runs_every_step_and_check(trial: Trial) -> None:
    """The values that the pages show stay those that the path has logged."""
    trial.add("red", "green")
    tags = list(trial.tags.values())
    add_tags(trial.instance, tags)
    result = (
        definitions(trial.pipeline)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(instance=trial.instance, tags=PartitionRange(tags[0], tags[-1]).run_tags, run_config=QUIET)
    )
    assert set(materializations(trial, result.run_id).values()) == {1}
    assert trial.instance.all_logs(result.run_id, of_type=SKIPPED) == []
    assert len(result.get_asset_check_evaluations()) == 6
    latest = trial.instance.get_latest_materialization_event(dg.AssetKey("judgements"))
    assert latest is not None
    assert latest.asset_materialization is not None
    assert "preview" in latest.asset_materialization.metadata


def test_a_failed_tag_holds_the_report_of_this_run_back_and_the_run_says_why(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "green", failure(400))
    tags = list(trial.tags.values())
    add_tags(trial.instance, tags)
    result = (
        definitions(trial.pipeline)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            instance=trial.instance,
            tags=PartitionRange(tags[0], tags[-1]).run_tags,
            run_config=QUIET,
            raise_on_error=False,
        )
    )
    assert not result.success
    assert "Of 2 tags: 1 done, 1 failed." in message_of(result)
    assert trial.materialized() >= every("red")
    assert not {asset for asset, _ in materializations(trial, result.run_id)} & UNPARTITIONED
