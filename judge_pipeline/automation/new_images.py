"""The sensor that finds new images in the Encord project."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.automation.jobs import materialize_missing
from judge_pipeline.automation.partition_ranges import batches
from judge_pipeline.automation.pending_tags import MANY_TAGS, MOST_TAGS, new_tags
from judge_pipeline.automation.ticks import failing_in_one_sentence
from judge_pipeline.dagster_events.data_versions import last_ontology_version, ontology_observation
from judge_pipeline.domain.workflow import FIRST
from judge_pipeline.engine.resources import PipelineResources

SECONDS_BETWEEN_LOOKS = 60

NEW_TAGS_A_TICK = 500
"""Dagster plans a run at about 5 ms per asset and tag, so these keep its daemon busy for some 12 s."""

WHOLE_LOOK_EVERY = timedelta(hours=1)
"""New images wait in the first stage; those that somebody has moved on before any look are found by then."""


def new_images_sensor(batch_size: int, *, tags_a_tick: int = NEW_TAGS_A_TICK) -> dg.SensorDefinition:
    """Adds a partition for each new image, at most `tags_a_tick`, and asks for runs of at most `batch_size` tags.

    It is off until somebody turns it on, because its runs call models that may cost money. A new image is one without a
    partition, so what one tick leaves the next one finds. A tick that dies after it has added partitions and before
    Dagster has noted its runs loses no image either: those tags are missing, and the schedule `materialize_missing`
    launches what is missing.
    """

    @dg.sensor(
        name="new_images",
        job=materialize_missing,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        required_resource_keys={"pipeline"},
        description="Looks for images that have no Tag partition yet, adds them and launches batched runs: in the first "
        f"stage each minute, in the whole project each hour and where the cursor is empty; at most {tags_a_tick} a tick.",
    )
    def new_images(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from judge_pipeline.encord_project.project import EncordProject

        pipeline: PipelineResources = context.resources.pipeline
        now = datetime.now(UTC)
        is_whole = _is_whole_look_due(context.cursor, now)
        with failing_in_one_sentence():
            project = EncordProject.open(pipeline.connection, pipeline.project_hash)
            version = pipeline.titles.roles_in(project.ontology).version
            snapshot = project.snapshot(stage=None if is_whole else FIRST.title)
            known = context.instance.get_dynamic_partitions(TAGS.name or "")
            new = new_tags(snapshot, known)
        seen = [] if version == last_ontology_version(context.instance) else [ontology_observation(version)]
        if len(known) + len(new.all) > MANY_TAGS:
            context.log.warning(
                f"more than {MANY_TAGS:,} partitions: Dagster's pages become slow, {MOST_TAGS:,} is the limit"
            )
        some = new.first(tags_a_tick)
        cursor = now.isoformat() if is_whole and some == new else context.cursor
        if not some.all:
            where = "" if is_whole else f" in {FIRST.title}"
            return dg.SensorResult(
                skip_reason=f"no new image among {len(snapshot.images)}{where}", cursor=cursor, asset_events=seen
            )
        return dg.SensorResult(
            dynamic_partitions_requests=[TAGS.build_add_request(some.all)],
            run_requests=[
                dg.RunRequest(run_key=f"{batch.first}:{batch.last}", tags=batch.run_tags)
                for batch in batches(some.all, some.to_run, size=batch_size)
            ],
            cursor=cursor,
            asset_events=seen,
        )

    return new_images


def _is_whole_look_due(cursor: str | None, now: datetime) -> bool:
    """The cursor is the time of the last look at the whole project that left nothing over."""
    try:
        return now - datetime.fromisoformat(cursor or "") >= WHOLE_LOOK_EVERY
    except (ValueError, TypeError):
        return True
