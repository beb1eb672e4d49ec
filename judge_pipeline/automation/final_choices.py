"""The sensor that notices what people have decided in Encord."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.automation.ended_runs import UNDER_WAY
from judge_pipeline.automation.jobs import read_final_choices
from judge_pipeline.automation.ticks import failing_in_one_sentence
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.engine.final_choices import FINAL_CHOICES, Cursor, look
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import Store

SECONDS_BETWEEN_LOOKS = 60

WHOLE_LOOK_EVERY = timedelta(minutes=15)
"""An approval saves no label, so it shows only in a list of all rows: 5 s of computing for 10,000 images, and some 30 MB."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The sensor's cursor: when it last listed all rows without finding anything, and how far it has read labels."""

    whole_at: datetime | None
    read: str | None

    @classmethod
    def of(cls, text: str | None) -> "Watched":
        """The cursor in a text; nothing was watched where there is none."""
        try:
            found = json.loads(text or "")
            return cls(datetime.fromisoformat(found["whole_at"]), found["read"])
        except (ValueError, TypeError, KeyError):
            return cls(None, None)

    def __str__(self) -> str:
        return json.dumps({"whole_at": self.whole_at.isoformat() if self.whole_at else None, "read": self.read})


@dg.sensor(
    name="final_choices",
    job=read_final_choices,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    required_resource_keys={"pipeline"},
    description="Looks for answers and reviews that the store does not have yet, each minute among the rows that were saved "
    "since and each quarter of an hour among all, then reads them and writes the report anew. It asks no model.",
)
def final_choices_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Off until somebody turns it on, because a tick opens the Encord project: without settings it would start the local one."""
    from judge_pipeline.encord_project.project import EncordProject

    if context.instance.get_runs_count(dg.RunsFilter(job_name=read_final_choices.name, statuses=list(UNDER_WAY))):
        return dg.SensorResult(skip_reason="the decisions are being read", cursor=context.cursor)
    pipeline: PipelineResources = context.resources.pipeline
    watched, now = Watched.of(context.cursor), datetime.now(UTC)
    is_whole = watched.whole_at is None or now - watched.whole_at >= WHOLE_LOOK_EVERY
    with failing_in_one_sentence():
        project = EncordProject.open(pipeline.connection, pipeline.project_hash)
        roles = pipeline.titles.roles_in(project.ontology)
        store = Store.open(pipeline.database_url)
        try:
            records = store.project(pipeline.project_hash)
            since = _later(records.sync_cursors.get(FINAL_CHOICES), watched.read, roles)
            if since is None:  # a first look may take longer than Dagster gives a tick
                return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=context.cursor)
            found = look(project, records, roles, since, is_whole=is_whole)
        finally:
            store.close()
    if changes := found.changes:
        context.log.info(f"{len(changes)} decisions are new, changed or gone")
        return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=context.cursor)
    seen = Watched(now if is_whole else watched.whole_at, str(found.cursor))
    return dg.SensorResult(skip_reason=f"nothing new about {len(found.sightings)} images", cursor=str(seen))


def _later(known: str | None, watched: str | None, roles: JudgeOntology) -> Cursor | None:
    """What the asset has read, or the sensor has since then without finding anything, as when a judge saves its answers."""
    cursors = [cursor for cursor in (Cursor.read(known, roles), Cursor.read(watched, roles)) if cursor]
    return max(cursors, key=lambda cursor: cursor.edited_at, default=None)
