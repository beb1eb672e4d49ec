"""The job that reads what people have decided in Encord, and the sensor that launches it when something is new."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.engine.final_choices import FINAL_CHOICES, Cursor, fetch_choices
from judge_pipeline.engine.resources import PipelineResources

SECONDS_BETWEEN_TICKS = 60

FULL_SCAN_INTERVAL = timedelta(minutes=15)
"""An approval saves no label, so only a list of all rows shows it: 5 s of computing for 10,000 images, and some 30 MB."""

read_final_choices = dg.define_asset_job(
    "read_final_choices",
    selection=dg.AssetSelection.assets("final_choices", "report").without_checks(),
    description="Reads from Encord what people have decided, then updates the report; calls no model.",
)


@dataclass(frozen=True, slots=True)
class WatchCursor:
    """The sensor's cursor: when a scan of all rows last found nothing new, and up to which save labels have been read."""

    full_scan_at: datetime | None
    labels_read: str | None

    @classmethod
    def parse(cls, text: str | None) -> "WatchCursor":
        """Empty if the text is not a cursor."""
        try:
            found = json.loads(text or "")
            return cls(datetime.fromisoformat(found["whole_at"]), found["read"])
        except (ValueError, TypeError, KeyError):
            return cls(None, None)

    def __str__(self) -> str:
        full_scan_at = self.full_scan_at.isoformat() if self.full_scan_at else None
        return json.dumps({"whole_at": full_scan_at, "read": self.labels_read})


@dg.sensor(
    name="final_choices",
    job=read_final_choices,
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    description="Looks for answers and reviews that the store lacks: every minute in the rows saved since the last look, every "
    "quarter of an hour in all rows. Then reads them and updates the report. Calls no model.",
)
def final_choices_sensor(
    context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[PipelineResources]
) -> dg.SensorResult:
    """Off by default because a tick opens the Encord project, which without settings would start the local Encord."""
    if is_any_unfinished(context.instance, job_name=read_final_choices.name):
        return dg.SensorResult(skip_reason="a run of read_final_choices is unfinished", cursor=context.cursor)
    cursor, now = WatchCursor.parse(context.cursor), datetime.now(UTC)
    is_full_scan = cursor.full_scan_at is None or now - cursor.full_scan_at >= FULL_SCAN_INTERVAL
    with fail_tick_in_one_sentence():
        project = pipeline.open_project()
        roles = pipeline.titles.roles_in(project.ontology)
        with pipeline.open_store() as store:
            since = _later(store.sync_cursors.get(FINAL_CHOICES), cursor.labels_read, roles)
            if since is None:  # the first look may take longer than Dagster allows a tick
                return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=context.cursor)
            found = fetch_choices(project, store, roles, since, is_complete=is_full_scan)
    if changed := found.changed_tags:
        context.log.info(f"decisions or corrections of {len(changed)} images are new, changed or gone")
        return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=context.cursor)
    read = WatchCursor(now if is_full_scan else cursor.full_scan_at, str(found.cursor))
    return dg.SensorResult(skip_reason=f"nothing new in {len(found.observations)} images", cursor=str(read))


def _later(stored: str | None, watched: str | None, roles: JudgeOntology) -> Cursor | None:
    """The later of what the asset has read and what this sensor has read since without finding anything new."""
    cursors = [cursor for cursor in (Cursor.read(stored, roles), Cursor.read(watched, roles)) if cursor]
    return max(cursors, key=lambda cursor: cursor.edited_at, default=None)
