"""The sensor that finds new images in the Encord project."""

import logging
from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.assets.partitions import known_tags, requests_to_add
from judge_pipeline.automation.materialize_missing import NAME as PATH_JOB
from judge_pipeline.automation.register_images import image_table
from judge_pipeline.automation.support.partition_ranges import partition_ranges
from judge_pipeline.automation.support.pending_tags import archived_tags, new_tags, returned_tags
from judge_pipeline.automation.support.tag_runs import is_any_tag_run_unfinished
from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence
from judge_pipeline.dagster_events.data_versions import last_ontology_version, ontology_observation
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.engine.discovery import discover
from judge_pipeline.engine.own_rows import index_listed_rows
from judge_pipeline.engine.resources import PipelineResources

SECONDS_BETWEEN_TICKS = 60

logger = logging.getLogger("judge_pipeline")

MAX_TAGS_PER_TICK = 500
"""Dagster takes about 5 ms per asset and tag to plan a run, so this keeps its daemon busy for some 12 s."""

FULL_SCAN_INTERVAL = timedelta(hours=1)
"""New images wait in the first stage; a full scan, which reads what `discover` reads, finds those that someone has moved on."""


def new_images_sensor(
    batch_size: int, *, max_tags: int = MAX_TAGS_PER_TICK, names: PipelineNames = UNPREFIXED
) -> dg.SensorDefinition:
    """Each tick adds partitions for up to `max_tags` new images and requests runs of up to `batch_size` tags.

    Off by default because its runs call models that may cost money. An image without a partition is new, so the next tick
    finds what this one leaves. Images that come back to an agent stage run again once no run is under way. A tick that dies
    after adding partitions, before Dagster has stored its runs, loses no image: the schedule `materialize_missing` launches
    those tags.

    The requests have no run key: Dagster would drop those of a partition that was deleted and added again. The partition itself
    makes an image run once, and Dagster launches the stored runs of an interrupted tick under the ids reserved for them.
    """

    @dg.sensor(
        name=names.of("new_images"),
        job_name=names.of(PATH_JOB),
        required_resource_keys={names.resource},
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        description="Adds a partition for each new image and launches batched runs. Looks in the first stage every minute, and "
        f"and every hour, or when the cursor is empty, in all agent stages and at other images in turn; at most {max_tags} per tick.",
    )
    def new_images(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        pipeline = PipelineResources.of(context, names)
        now = datetime.now(UTC)
        is_full_scan = _is_full_scan_due(context.cursor, now)
        with fail_tick_in_one_sentence():
            project = pipeline.open_project()
            if project.inactive_reason:
                return dg.SensorResult(skip_reason=project.inactive_reason, cursor=context.cursor)
            version = pipeline.titles.roles_in(project.ontology).version
            (first,) = project.workflow.of_kind(StageKind.LLM1)
            known = known_tags(context.instance, names)
            with pipeline.open_store() as store:
                snapshot = (
                    discover(project, store, known, is_bounded=True).snapshot
                    if is_full_scan
                    else project.snapshot_of(index_listed_rows(project, store, stage=first))
                )
            new = new_tags(snapshot, known, archived_tags(pipeline))
        events = (
            [] if version == last_ontology_version(context.instance, names) else [ontology_observation(version, names)]
        )
        if new.left_out:
            context.log.warning(new.advice)
        batch = new.first(max_tags)
        returned = (
            []
            if is_any_tag_run_unfinished(context.instance, names)
            else returned_tags(pipeline, context.instance, snapshot, known)
        )
        ranges = [
            *partition_ranges(batch.all, batch.to_run, size=batch_size),
            *partition_ranges(known, returned[: max_tags - len(batch.to_run)], size=batch_size),
        ]
        cursor = now.isoformat() if is_full_scan and batch == new else context.cursor
        if not batch.all and not ranges:
            where = "" if is_full_scan else f" in {first.title}"
            return dg.SensorResult(
                skip_reason=f"no new image among {len(snapshot.images)}{where}", cursor=cursor, asset_events=events
            )
        logger.info(
            "%s: %d new images, %d that came back, %d runs",
            names.of("new_images"),
            len(batch.all),
            len(returned),
            len(ranges),
        )
        return dg.SensorResult(
            dynamic_partitions_requests=requests_to_add(batch.all, names),
            run_requests=[dg.RunRequest(tags=tag_range.run_tags) for tag_range in ranges],
            cursor=cursor,
            asset_events=[*events, *([image_table(snapshot, batch.all, pipeline)] if batch.all else [])],
        )

    return new_images


def _is_full_scan_due(cursor: str | None, now: datetime) -> bool:
    """The cursor is the time of the last full scan that left no image for a later tick."""
    try:
        return now - datetime.fromisoformat(cursor or "") >= FULL_SCAN_INTERVAL
    except (ValueError, TypeError):
        return True
