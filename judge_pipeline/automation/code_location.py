"""Everything that Dagster shows: assets, jobs, sensors and schedules over one pipeline."""

from datetime import timedelta

import dagster as dg

from judge_pipeline.assets.agreement import judge_agrees_with_people
from judge_pipeline.assets.best_captions import best_captions
from judge_pipeline.assets.checks import checks
from judge_pipeline.assets.final_choices import final_choices
from judge_pipeline.assets.ontology import ontology
from judge_pipeline.assets.preference_pairs import preference_pairs
from judge_pipeline.assets.report import report
from judge_pipeline.assets.tag_assets import tag_assets
from judge_pipeline.automation.digests import digests_sensor
from judge_pipeline.automation.final_choices import final_choices_sensor
from judge_pipeline.automation.jobs import materialize_missing, read_final_choices, write_report
from judge_pipeline.automation.killed_runs import killed_runs_sensor
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline.automation.notifier import NOBODY, Notifier
from judge_pipeline.automation.report_after_runs import report_after_runs
from judge_pipeline.automation.retry_failed import retry_failed
from judge_pipeline.automation.schedules import materialize_missing_schedule, retry_failed_schedule


def code_location(
    pipeline: object,
    *,
    batch_size: int,
    judged_with: str | None = None,
    notifier: Notifier = NOBODY,
    webserver_url: str | None = None,
    report_hours: float | None = None,
) -> dg.Definitions:
    """The definitions; `pipeline` is one, or the definition of a resource that makes it in each process.

    Digests go to `notifier`, with links to Dagster's pages at `webserver_url`. Judgements made with anything else than
    `judged_with` are shown as stale, and so is a report older than `report_hours`.
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
