"""Titles and captions that are Markdown: Dagster's pages would load their pictures from wherever they point."""

from dataclasses import replace

import dagster as dg

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.model_stub import SMALL, paint
from judge_pipeline_tests.models.stub_server import completion, failure

PICTURE = "![p](http://evil.example/p.png) [l](http://evil.example/l) <img src=http://evil.example/i>"


def metadata(trial: Trial, run_id: str) -> list[dg.MetadataValue]:
    """All metadata of a run's materialisations, observations, checks and failures."""
    found: list[dg.MetadataValue] = []
    for entry in trial.instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None:
            continue
        if event.is_step_failure and event.step_failure_data.user_failure_data:
            found += event.step_failure_data.user_failure_data.metadata.values()
        elif event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found += event.asset_check_evaluation_data.metadata.values()
        elif (logged := entry.asset_materialization or entry.asset_observation) is not None:
            found += logged.metadata.values()
    return found


def test_no_title_or_caption_is_shown_as_markdown(trial: Trial) -> None:
    client = trial.seed.client()
    folder = client.get_storage_folder(trial.seed.folder_uuid)
    items = [
        folder.upload_image(paint(trial.folder, colour), title=f"{colour}. {PICTURE}") for colour in ("red", "green")
    ]
    client.get_dataset(trial.seed.dataset_hash, include_data_rows=False).link_items(items)
    trial.models.reply_always(SMALL, "red", completion(PICTURE))
    trial.pipeline = replace(trial.pipeline, caption_max_words=5)
    tags = list(trial.tags.values())
    add_tags(trial.instance, tags)
    found: list[dg.MetadataValue] = []
    for assets in ([dg.AssetKey("images"), dg.AssetKey("captions_8b")], None):
        trial.models.reply_always(SMALL, "green", failure(400))
        result = (
            definitions(trial.pipeline)
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                instance=trial.instance,
                tags=PartitionRange(tags[0], tags[-1]).run_tags,
                asset_selection=assets,
                run_config=QUIET,
                raise_on_error=False,
            )
        )
        found += metadata(trial, result.run_id)
    report = definitions(replace(trial.pipeline, caption_max_words=1)).resolve_job_def("write_report")
    found += metadata(trial, report.execute_in_process(instance=trial.instance, run_config=QUIET).run_id)
    shown = [value for value in found if "evil.example" in str(value.value)]
    assert any(isinstance(value, dg.TextMetadataValue) and "- red. " in str(value.value) for value in shown)
    assert [value for value in shown if isinstance(value, dg.MarkdownMetadataValue | dg.UrlMetadataValue)] == []
