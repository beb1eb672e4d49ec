"""Which images are new, and which tags have no judgement yet."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from judge_pipeline.automation.failed_tags import PASSING
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import AGENT_STAGES, FINISHED_STAGES
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore, Store

MANY_TAGS = 50_000
"""Above so many partitions Dagster's pages become slow (dagster#12441, #15679)."""

MOST_TAGS = 100_000
"""What Dagster's documentation advises for one asset's partitions, at most."""


class TooManyTags(ValueError):
    """A project has more images than a partitions definition can hold; the message says what to do."""


@dataclass(frozen=True, slots=True)
class NewTags:
    """Tags without a partition: those still on the path, and those that people have already."""

    to_run: list[Tag]
    past: list[Tag]

    @property
    def all(self) -> list[Tag]:
        """Those to run first, so that they make one range."""
        return [*self.to_run, *self.past]

    def first(self, count: int) -> "NewTags":
        """The first of them all."""
        to_run = self.to_run[:count]
        return NewTags(to_run, self.past[: count - len(to_run)])


def new_tags(snapshot: ProjectSnapshot, known: Collection[str], *, most: int = MOST_TAGS) -> NewTags:
    """The tags of a project's images that have no partition yet, in the project's order.

    Raises:
        TooManyTags: with them there would be more than `most` partitions.
    """
    on_path = {stage.title for stage in AGENT_STAGES}
    known = set(known)
    new = {tag: row for tag, row in snapshot.images.items() if tag not in known}
    if new and len(known) + len(new) > most:
        raise TooManyTags(
            f"{len(known):,} partitions and {len(new):,} new images are more than the {most:,} that Dagster is made for; "
            "delete the partitions of finished images in Dagster and unlink those images, or use a further project"
        )
    return NewTags(
        to_run=[tag for tag, row in new.items() if row.stage in on_path],
        past=[tag for tag, row in new.items() if row.stage not in on_path],
    )


def missing_tags(snapshot: ProjectSnapshot, judged: Collection[Tag]) -> list[Tag]:
    """The tags of a project's images that have no judgement and that no person has finished without one."""
    judged = set(judged)
    return [tag for tag, row in snapshot.images.items() if tag not in judged and row.stage not in FINISHED_STAGES]


@dataclass(frozen=True, slots=True)
class JudgedTags:
    """The tags that the store has a judgement for; `up_to_date` are those that a run over them would not judge again."""

    all: set[Tag]
    up_to_date: set[Tag]


def judged_tags(pipeline: PipelineResources, ontology_version: str) -> JudgedTags:
    """What is judged, and with the judges, orders and prompts of the pipeline and this ontology.

    What is not up to date is judged again where a person asks for it, and never because a run for other tags spans it.
    """
    with _records(pipeline) as records:
        judgements = records.results("judgements", Judgement)
    now = {"judged_with": pipeline.judged_with, "ontology_version": ontology_version}
    return JudgedTags(set(judgements), {tag for tag, found in judgements.items() if not found.is_outdated(**now)})


def tags_that_wait_for_a_person(pipeline: PipelineResources) -> set[Tag]:
    """The tags whose failure does not pass by itself: trying again by the clock would cost, and change nothing."""
    with _records(pipeline) as records:
        return {failure.tag for failure in records.failures() if failure.kind not in PASSING}


@contextmanager
def _records(pipeline: PipelineResources) -> Iterator[ProjectStore]:
    store = Store.open(pipeline.database_url)
    try:
        yield store.project(pipeline.project_hash)
    finally:
        store.close()
