"""Everything that Dagster shows: the assets, checks, jobs, sensors and schedules of one pipeline."""

from datetime import timedelta

import dagster as dg

from judge_pipeline.assets.checks import checks, judge_agrees_with_people
from judge_pipeline.assets.exports import best_captions, preference_pairs
from judge_pipeline.assets.final_choices import final_choices
from judge_pipeline.assets.ontology import ontology
from judge_pipeline.assets.report import report
from judge_pipeline.assets.tag_assets import tag_assets
from judge_pipeline.automation.digests import digests_sensor
from judge_pipeline.automation.final_choices import final_choices_sensor, read_final_choices
from judge_pipeline.automation.killed_runs import killed_runs_sensor
from judge_pipeline.automation.materialize_missing import materialize_missing, materialize_missing_schedule
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline.automation.report_after_runs import report_after_runs, write_report
from judge_pipeline.automation.retry_failed import retry_failed, retry_failed_schedule
from judge_pipeline.automation.support.notifier import NO_RECEIVERS, Notifier


def code_location(
    pipeline: object,
    *,
    batch_size: int,
    judged_with: str | None = None,
    notifier: Notifier = NO_RECEIVERS,
    webserver_url: str | None = None,
    report_hours: float | None = None,
) -> dg.Definitions:
    """The definitions; `pipeline` is `PipelineResources`, or a resource definition that makes one in each process.

    Digests go to `notifier`, with links to Dagster's pages at `webserver_url`. Dagster shows judgements as stale unless
    they were made with `judged_with`, and a report as overdue after `report_hours`.
    """
    return dg.Definitions(
        assets=[
            ontology,
            tag_assets(batch_size, judged_with=judged_with),
            final_choices,
            report if report_hours is None else _fresh_for(report_hours),
            preference_pairs,
            best_captions,
        ],
        asset_checks=[checks, judge_agrees_with_people],
        jobs=[materialize_missing, retry_failed, read_final_choices, write_report],
        sensors=[
            new_images_sensor(batch_size),
            final_choices_sensor,
            report_after_runs,
            digests_sensor(notifier, webserver_url=webserver_url),
            killed_runs_sensor,
        ],
        schedules=[materialize_missing_schedule(batch_size), retry_failed_schedule],
        resources={"pipeline": pipeline},
        executor=dg.in_process_executor,
    )


def _fresh_for(hours: float) -> dg.AssetsDefinition:
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=hours))
    return report.map_asset_specs(lambda spec: dg.apply_freshness_policy(spec, policy))
