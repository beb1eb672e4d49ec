"""The partitions: one per Tag, added as images are found."""

from collections.abc import Iterator, Sequence
from typing import Final

import dagster as dg

from judge_pipeline.dagster_events.partition_deletion import delete_partitions
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.tag import Tag

NAME: Final = UNPREFIXED.partitions

KEYS_AT_ONCE = 10_000
"""Dagster looks up all keys of a call in one statement, and SQLite takes 32,766 parameters."""

TAGS = dg.DynamicPartitionsDefinition(name=NAME)


def partitions_of(names: PipelineNames) -> dg.DynamicPartitionsDefinition:
    """The partitions definition of a pipeline."""
    return dg.DynamicPartitionsDefinition(name=names.partitions)


def known_tags(instance: dg.DagsterInstance, names: PipelineNames = UNPREFIXED) -> Sequence[str]:
    """The tags that have a partition, in the order in which they were added."""
    return instance.get_dynamic_partitions(names.partitions)


def add_tags(instance: dg.DagsterInstance, tags: Sequence[str], names: PipelineNames = UNPREFIXED) -> None:
    """Adds a partition for each tag that has none."""
    for chunk in _chunks(tags):
        instance.add_dynamic_partitions(names.partitions, chunk)


def requests_to_add(tags: Sequence[str], names: PipelineNames = UNPREFIXED) -> list[dg.AddDynamicPartitionsRequest]:
    """The requests by which a sensor has Dagster add a partition for each tag."""
    return [partitions_of(names).build_add_request(chunk) for chunk in _chunks(tags)]


def delete_tags(instance: dg.DagsterInstance, tags: Sequence[str], names: PipelineNames = UNPREFIXED) -> None:
    """Deletes the partitions of these tags; those without one are no error."""
    delete_partitions(instance, names.partitions, tags)


class PartitionsGone(ValueError):
    """A run has no partitions, or none any more; the message says what to do."""


def tags_of_run(context: dg.AssetExecutionContext, names: PipelineNames) -> list[Tag]:
    """The tags that a run has to process; those whose partition was deleted or archived since the launch are left out.

    Dagster finds a run's partitions by the first and the last one, and fails when either is gone. What the run had planned is in its
    log.

    Raises:
        PartitionsGone: no partition was selected, or all have been deleted.
    """
    if not context.has_partition_key and not context.has_partition_key_range:
        raise PartitionsGone(
            "this run was launched without partitions; select the partitions to process when you launch it. If there are none, "
            f"launch the job `{names.of('register_images')}`, which adds one for each image of the Encord project and costs "
            "nothing"
        )
    instance = context.instance
    if has_known_range(context, names):
        return [Tag(key) for key in context.partition_keys]
    planned = {
        entry.dagster_event.partition
        for entry in instance.all_logs(context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        if entry.dagster_event
    }
    left = [Tag(key) for key in known_tags(instance, names) if key in planned]
    if not left:
        key_range = context.partition_key_range
        raise PartitionsGone(
            f"the partitions of this run ({key_range.start} to {key_range.end}) do not exist; they were deleted or archived since"
        )
    context.log.warning(
        f"{len(planned) - len(left)} of {len(planned)} partitions were deleted or archived since the launch and are left out"
    )
    return left


def has_known_range(context: dg.AssetExecutionContext, names: PipelineNames) -> bool:
    """Whether Dagster can still find the partitions of the run, by the first and the last one."""
    key_range = context.partition_key_range
    return all(
        context.instance.has_dynamic_partition(names.partitions, key) for key in (key_range.start, key_range.end)
    )


def _chunks(tags: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(tags), KEYS_AT_ONCE):
        yield tags[start : start + KEYS_AT_ONCE]
