"""The job that adds a partition for each new image and launches nothing, and the table from image names to partition keys."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.support.pending_tags import archived_tags, new_tags
from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.own_rows import index_listed_rows
from judge_pipeline.engine.resources import PipelineResources

NAME = "register_images"

LISTED_IMAGES = 1000
"""Rows of the table, some 100 bytes each; `judge-pipeline find` knows all images."""


def register_images_job(names: PipelineNames) -> dg.JobDefinition:
    """For a button: Dagster's Launchpad, or `dagster job execute`."""

    @dg.op(
        name=names.of("add_partitions"),
        description="Adds a partition for each image of the Encord project that has none.",
        required_resource_keys={names.resource},
    )
    def add_partitions(context: dg.OpExecutionContext) -> None:
        pipeline = PipelineResources.of(context, names)
        with fail_tick_in_one_sentence():
            project = pipeline.open_project()
            with pipeline.open_store() as store:
                snapshot = project.snapshot_of(index_listed_rows(project, store))
            new = new_tags(snapshot, known_tags(context.instance, names), archived := archived_tags(pipeline))
        add_tags(context.instance, new.all, names)
        known = known_tags(context.instance, names)
        context.log_event(image_table(snapshot, known, pipeline))
        if new.left_out:
            context.log.warning(new.advice)
        without = snapshot.images.keys() - set(known)
        waiting = sum(snapshot.waits_for_person(tag) for tag in without)
        at_rest = sum(snapshot.is_at_rest(tag) for tag in without & archived)
        context.log.info(
            f"{len(new.all)} partitions added, {len(known)} in all for {len(snapshot.images)} images. "
            + (f"{at_rest} finished images are archived and have none. " if at_rest else "")
            + (f"{waiting} images wait for a person and get theirs when they reach the agents. " if waiting else "")
            + "Nothing was launched: select partitions on the assets' pages, or run `judge-pipeline run`"
        )

    @dg.job(
        name=names.of(NAME),
        description="Adds a partition for each new image of the Encord project. Launches nothing, calls no model, costs nothing. "
        f"The asset {'/'.join(names.asset('images'))} then has a table from image names to partition keys.",
    )
    def register_images() -> None:
        add_partitions()

    return register_images


def image_table(snapshot: ProjectSnapshot, known: Sequence[str], pipeline: PipelineResources) -> dg.AssetObservation:
    """An observation of `images` with the partition keys of these images, sorted by name; the newest when there are too many.

    The snapshot has the newest; of the others it only matters that they have a partition.
    """
    images = snapshot.images
    older, newest = known[:-LISTED_IMAGES], known[-LISTED_IMAGES:]
    keys = [*older, *(Tag(key) for key in newest if key in images)]
    rows = sorted((visible_line(images[Tag(key)].title), key, images[Tag(key)].stage) for key in keys[len(older) :])
    left_out = len(keys) - len(rows)
    description = f"the partition keys of {len(keys)} images" + (
        f"; the {left_out} oldest are left out, `judge-pipeline find NAME` knows them" if left_out else ""
    )
    records = [dg.TableRecord({"image": title, "partition": key, "stage": stage}) for title, key, stage in rows]
    metadata: dict[str, Any] = (
        {"images": len(keys), "partitions by image": dg.MetadataValue.table(records)} if records else {"images": 0}
    )
    return dg.AssetObservation(pipeline.names.asset("images"), description=description, metadata=metadata)
