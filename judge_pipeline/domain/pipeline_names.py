"""The names of one pipeline's assets, partitions, jobs and sensors in Dagster; a prefix keeps several pipelines apart."""

import re
from dataclasses import dataclass

PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

MAIN_GROUP = "judge_pipeline"


class InvalidPrefix(ValueError):
    """Dagster cannot use the prefix in its names; the message says what it can use."""


@dataclass(frozen=True, slots=True)
class PipelineNames:
    """Without a prefix, the names of the code location `judge_pipeline.definitions`."""

    prefix: str = ""

    def __post_init__(self) -> None:
        if self.prefix and not PREFIX.fullmatch(self.prefix):
            raise InvalidPrefix(f"the prefix {self.prefix!r} is not a letter followed by letters, digits and `_`")

    def of(self, name: str) -> str:
        """The full name of a job, sensor, schedule, op, resource or partitions definition."""
        return f"{self.prefix}_{name}" if self.prefix else name

    def asset(self, name: str) -> list[str]:
        """The parts of an asset's key."""
        return [self.prefix, name] if self.prefix else [name]

    @property
    def partitions(self) -> str:
        """The partitions definition: one key per Tag."""
        return self.of("tag")

    @property
    def resource(self) -> str:
        """The key of the resource that a run works with."""
        return self.of("pipeline")

    @property
    def group(self) -> str:
        """The group of all assets: one box, in which Dagster draws the path from left to right."""
        return self.prefix or MAIN_GROUP


UNPREFIXED = PipelineNames()
