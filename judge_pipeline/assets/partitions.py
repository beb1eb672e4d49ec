"""The partitions: one per Tag, added as images are found."""

from collections.abc import Sequence
from typing import Final

import dagster as dg

NAME: Final = "tag"

TAGS = dg.DynamicPartitionsDefinition(name=NAME)


def known_tags(instance: dg.DagsterInstance) -> Sequence[str]:
    """The tags that have a partition, in the order in which they were added."""
    return instance.get_dynamic_partitions(NAME)


def add_tags(instance: dg.DagsterInstance, tags: Sequence[str]) -> None:
    """Adds a partition for each tag that has none."""
    instance.add_dynamic_partitions(NAME, tags)


def delete_tags(instance: dg.DagsterInstance) -> None:
    """Deletes every partition."""
    for tag in known_tags(instance):
        instance.delete_dynamic_partition(NAME, tag)
