"""The job that writes the report, and the sensor that launches it when the runs that process tags have ended."""

import logging
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from judge_pipeline.assets.checks import check_specs
from judge_pipeline.automation.support.tag_runs import ended_since, is_any_tag_run_unfinished
from judge_pipeline.domain.pipeline_names import PipelineNames

SECONDS_BETWEEN_TICKS = 30

logger = logging.getLogger("judge_pipeline")


def write_report_job(names: PipelineNames) -> Any:
    """An asset job; Dagster has no public name for its type."""
    return dg.define_asset_job(
        names.of("write_report"),
        selection=dg.AssetSelection.assets(names.asset("report")).without_checks()
        | dg.AssetSelection.checks(*(spec.key for spec in check_specs(names))),
        description="Updates the report and runs the checks over all tags; calls no model.",
    )


def report_after_runs_sensor(names: PipelineNames) -> dg.SensorDefinition:
    """The cursor is the end of the last run in the report, or the time of the first tick."""

    @dg.sensor(
        name=names.of("report_after_runs"),
        job_name=names.of("write_report"),
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Updates the report and runs the asset checks once the last unfinished run has ended. Calls no model and "
        "costs nothing.",
    )
    def report_after_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        try:
            since = datetime.fromisoformat(context.cursor or "")
        except ValueError:
            return dg.SensorResult(skip_reason="first tick; earlier runs are ignored", cursor=now.isoformat())
        ended = ended_since(context.instance, since, names)
        if not ended:
            return dg.SensorResult(skip_reason="no run has ended since the last report", cursor=context.cursor)
        if is_any_tag_run_unfinished(context.instance, names):
            return dg.SensorResult(skip_reason="other runs are unfinished", cursor=context.cursor)
        run, end = ended[-1]
        logger.info("%s: updating the report after %d runs", names.of("report_after_runs"), len(ended))
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=run.run_id)], cursor=end.isoformat())

    return report_after_runs
