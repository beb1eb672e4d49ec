"""The job that writes the report, and the sensor that launches it when the runs that process tags have ended."""

from datetime import UTC, datetime

import dagster as dg

from judge_pipeline.assets.checks import SPECS as CHECKS
from judge_pipeline.automation.support.tag_runs import ended_since, is_any_tag_run_unfinished

SECONDS_BETWEEN_TICKS = 30

write_report = dg.define_asset_job(
    "write_report",
    selection=dg.AssetSelection.assets("report").without_checks()
    | dg.AssetSelection.checks(*(spec.key for spec in CHECKS)),
    description="Updates the report and runs the checks over all tags; calls no model.",
)


@dg.sensor(
    name="report_after_runs",
    job=write_report,
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Updates the report and runs the asset checks once the last unfinished run has ended. Calls no model and "
    "costs nothing.",
)
def report_after_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """The cursor is the end of the last run in the report, or the time of the first tick."""
    now = datetime.now(UTC)
    try:
        since = datetime.fromisoformat(context.cursor or "")
    except ValueError:
        return dg.SensorResult(skip_reason="first tick; earlier runs are ignored", cursor=now.isoformat())
    ended = ended_since(context.instance, since)
    if not ended:
        return dg.SensorResult(skip_reason="no run has ended since the last report", cursor=context.cursor)
    if is_any_tag_run_unfinished(context.instance):
        return dg.SensorResult(skip_reason="other runs are unfinished", cursor=context.cursor)
    run, end = ended[-1]
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=run.run_id)], cursor=end.isoformat())
