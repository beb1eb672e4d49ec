"""The job that reads what people have decided in Encord, and the sensor that launches it when something is new."""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.engine.final_choices import FINAL_CHOICES, Cursor, fetch_choices
from judge_pipeline.engine.resources import PipelineResources

SECONDS_BETWEEN_TICKS = 60

logger = logging.getLogger("judge_pipeline")

FULL_SCAN_INTERVAL = timedelta(minutes=15)
"""An approval saves no label, so only a list of all rows shows it: 5 s of computing for 10,000 images, and some 30 MB."""

READ_JOB = "read_final_choices"


def read_final_choices_job(names: PipelineNames) -> Any:
    """An asset job; Dagster has no public name for its type."""
    return dg.define_asset_job(
        names.of(READ_JOB),
        selection=dg.AssetSelection.assets(names.asset("final_choices"), names.asset("report")).without_checks(),
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


def final_choices_sensor(names: PipelineNames) -> dg.SensorDefinition:
    """Off by default because a tick opens the Encord project, which without settings would start the local Encord."""

    @dg.sensor(
        name=names.of("final_choices"),
        job_name=names.of(READ_JOB),
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        required_resource_keys={names.resource},
        description="Looks for answers and reviews that the store lacks: every minute in the rows saved since the last look, "
        "every quarter of an hour in all rows. Then reads them and updates the report. Calls no model.",
    )
    def final_choices(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        pipeline = PipelineResources.of(context, names)
        if is_any_unfinished(context.instance, job_name=names.of(READ_JOB)):
            return dg.SensorResult(skip_reason=f"a run of {names.of(READ_JOB)} is unfinished", cursor=context.cursor)
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
            logger.info(
                "%s: decisions or corrections of %d images are new, changed or gone",
                names.of("final_choices"),
                len(changed),
            )
            return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=context.cursor)
        read = WatchCursor(now if is_full_scan else cursor.full_scan_at, str(found.cursor))
        return dg.SensorResult(skip_reason=f"nothing new in {len(found.observations)} images", cursor=str(read))

    return final_choices


def _later(stored: str | None, watched: str | None, roles: JudgeOntology) -> Cursor | None:
    """The later of what the asset has read and what this sensor has read since without finding anything new."""
    cursors = [cursor for cursor in (Cursor.read(stored, roles), Cursor.read(watched, roles)) if cursor]
    return max(cursors, key=lambda cursor: cursor.edited_at, default=None)
