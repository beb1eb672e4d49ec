"""The partitions: one per Tag, added as images are found."""

import dagster as dg

TAGS = dg.DynamicPartitionsDefinition(name="tag")
