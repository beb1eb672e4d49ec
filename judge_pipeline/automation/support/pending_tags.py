"""Which images are new, and which are the pipeline's work."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import dagster as dg

from judge_pipeline.automation.support.failed_tags import TRANSIENT_KINDS, failed_in_dagster
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.engine.resources import PipelineResources

MANY_TAGS = 50_000
"""With more partitions Dagster's pages become slow (dagster#12441, #15679)."""

MOST_TAGS = 100_000
"""The maximum per asset that Dagster's documentation advises."""


class TooManyTags(ValueError):
    """The project has more images than a partitions definition can hold; the message says what to do."""


@dataclass(frozen=True, slots=True)
class NewTags:
    """Tags without a partition: those in the agents' stages, and those in review or finished.

    An image in a person's stage before the agents stays without one, so that it is new when it reaches them. An archived image is
    new when it is not finished any more. `left_out` more would be new if there was room for their partitions.
    """

    to_run: list[Tag]
    with_people: list[Tag]
    left_out: int = 0

    @property
    def all(self) -> list[Tag]:
        """The ones to run come first, so that they form one range."""
        return [*self.to_run, *self.with_people]

    def first(self, count: int) -> "NewTags":
        """The first `count` of all."""
        to_run = self.to_run[:count]
        with_people = self.with_people[: count - len(to_run)]
        return NewTags(to_run, with_people, self.left_out + len(self.all) - len(to_run) - len(with_people))

    @property
    def advice(self) -> str:
        """What to do about those that are left out; empty if there are none."""
        if not self.left_out:
            return ""
        return (
            f"{self.left_out:,} images get no partition, because Dagster supports some {MOST_TAGS:,} and its pages become slow "
            f"above {MANY_TAGS:,}; finish images in Encord, then run `judge-pipeline archive`"
        )


def new_tags(
    snapshot: ProjectSnapshot,
    known: Collection[str],
    archived: Collection[Tag] = (),
    *,
    most: int = MOST_TAGS,
    many: int = MANY_TAGS,
) -> NewTags:
    """The images without a partition, in the project's order, as far as there is room for them: `most` partitions in all.

    Finished images get none if that made more than `many`.

    Raises:
        TooManyTags: images stand in an agent stage, and there is no room for any.
    """
    known = set(known)
    new = {
        tag: row
        for tag, row in snapshot.images.items()
        if tag not in known and not row.kind.waits_for_person and not (tag in archived and snapshot.is_at_rest(tag))
    }
    to_run = [tag for tag, row in new.items() if row.kind.is_agent_stage]
    finished = [tag for tag in new if snapshot.is_at_rest(tag)]
    in_review = [tag for tag, row in new.items() if not row.kind.is_agent_stage and not snapshot.is_at_rest(tag)]
    if to_run and len(known) >= most:
        raise TooManyTags(
            f"there are {len(known):,} partitions, of {most:,} that Dagster supports, and {len(to_run):,} new images in an agent "
            "stage; run `judge-pipeline archive`, which takes finished images out, or use another project"
        )
    if len(known) + len(new) > many:
        return NewTags(to_run, in_review, left_out=len(finished)).first(max(0, most - len(known)))
    return NewTags(to_run, [*in_review, *finished])


def archived_tags(pipeline: PipelineResources) -> set[Tag]:
    """The tags that `judge-pipeline archive` has taken out, also those that came back since."""
    with pipeline.open_store() as store:
        return set(store.archived.all())


@dataclass(frozen=True, slots=True)
class JudgedTags:
    """The tags with a judgement that no refresh has still to replace.

    `refreshing` are those with an unfinished refresh, `linked` those whose texts the store knows.
    """

    all: set[Tag]
    refreshing: set[Tag] = field(default_factory=set)
    linked: set[Tag] = field(default_factory=set)


def missing_tags(snapshot: ProjectSnapshot, judged: JudgedTags) -> list[Tag]:
    """The pipeline's work: whatever stands in an agent stage, judged or not, also a text that a judged image has left behind.

    Of the images in review only those with an unfinished refresh, and those with both texts that the store knows nothing
    of, because it is a new one.
    """
    return [
        tag
        for tag, row in snapshot.images.items()
        if row.kind.is_agent_stage
        or (tag in judged.all and snapshot.is_work(tag))
        or (tag in judged.refreshing and not row.kind.is_finished)
        or (
            row.kind is StageKind.REVIEW
            and tag not in judged.linked
            and len(snapshot.text_item_uuids(tag)) == len(Captioner)
        )
    ]


def judged_tags(pipeline: PipelineResources) -> JudgedTags:
    """What the store knows, without a look at the judgements."""
    with pipeline.open_store() as store:
        refreshing = store.refreshes.unfinished("judgements")
        return JudgedTags(
            store.tags_with("judgements") - refreshing, refreshing, linked=store.tags_with("linked_text_items")
        )


def up_to_date_tags(
    pipeline: PipelineResources, judged: JudgedTags, ontology_version: str, *, among: Iterable[str]
) -> set[Tag]:
    """Those of these tags that a run would not judge again.

    They were judged with the pipeline's current judges, orders and prompts and with this ontology. The others
    are judged again when a person asks for it, and never because a run for other tags spans them.
    """
    with pipeline.open_store() as store:
        now = {"judged_with": pipeline.aligned(store).judged_with, "ontology_version": ontology_version}
        judgements = store.results("judgements", Judgement, [Tag(tag) for tag in among if tag in judged.all])
        return {tag for tag, found in judgements.items() if not found.is_outdated(**now)}


def permanently_failed_tags(pipeline: PipelineResources) -> set[Tag]:
    """The tags whose failure is not transient: a scheduled retry would cost money and change nothing."""
    with pipeline.open_store() as store:
        return {failure.tag for failure in store.failures() if failure.kind not in TRANSIENT_KINDS}


def returned_tags(
    pipeline: PipelineResources, instance: dg.DagsterInstance, snapshot: ProjectSnapshot, known: Collection[str]
) -> list[Tag]:
    """The images with a partition that were here before and stand in an agent stage again, unless they have failed there.

    Those that wait for a model batch, or have waited for one, have not left it: the sensor `model_batches` goes on with them.
    """
    with pipeline.open_store() as store:
        linked = store.tags_with("linked_text_items")
        failed = {failure.tag for failure in store.failures()}
        failed.update(store.questions.waiting_tags(), store.questions.ready_tags())
    known = set(known)
    returned = [
        tag
        for tag, row in snapshot.images.items()
        if row.kind.is_agent_stage and tag in known and tag in linked and tag not in failed
    ]
    if not returned:
        return []
    failed = failed_in_dagster(instance, returned, pipeline.names)
    return [tag for tag in returned if tag not in failed]
