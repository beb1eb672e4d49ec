"""The sensor that writes the report anew when the runs of the path have ended."""

from datetime import UTC, datetime

import dagster as dg

from judge_pipeline.automation.ended_runs import ended_since, is_any_under_way
from judge_pipeline.automation.jobs import write_report

SECONDS_BETWEEN_LOOKS = 30


@dg.sensor(
    name="report_after_runs",
    job=write_report,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes the report and checks the assets once, after the last of the runs under way has ended. "
    "It asks no model and costs nothing.",
)
def report_after_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """The cursor is the end of the last run that the report has, or the time of the first look."""
    now = datetime.now(UTC)
    try:
        since = datetime.fromisoformat(context.cursor or "")
    except ValueError:
        return dg.SensorResult(skip_reason="what ended before this first look is left alone", cursor=now.isoformat())
    ended = ended_since(context.instance, since)
    if not ended:
        return dg.SensorResult(skip_reason="no run of the path has ended since", cursor=context.cursor)
    if is_any_under_way(context.instance):
        return dg.SensorResult(skip_reason="other runs of the path are still under way", cursor=context.cursor)
    run, end = ended[-1]
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=run.run_id)], cursor=end.isoformat())
