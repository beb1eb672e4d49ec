"""The images that wait for an answer, and those that a further reviewer is asked about."""

from collections.abc import Mapping

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind


def reviewable(snapshot: ProjectSnapshot) -> list[Tag]:
    """The images in review that have both captions."""
    return [
        tag
        for tag, row in snapshot.images.items()
        if row.kind is StageKind.REVIEW
        and tag not in snapshot.conflicts
        and all((tag, captioner) in snapshot.texts for captioner in Captioner)
    ]


def waiting(snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice]) -> list[Tag]:
    """The images in review that have both captions, and no known answer for these captions."""
    return [tag for tag in reviewable(snapshot) if not is_answered(tag, snapshot, known)]


def is_answered(tag: Tag, snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice]) -> bool:
    """Whether an answer for the present captions is known."""
    choice = known.get(tag)
    return choice is not None and choice.label is not None and choice.is_given_for(snapshot.text_item_uuids(tag))


def for_second_opinion(
    snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice], *, reviewer: str | None, overlap: float
) -> list[Tag]:
    """The images that someone else has answered blind and that this reviewer is asked about as well."""
    if reviewer is None:
        return []
    return [
        tag
        for tag in reviewable(snapshot)
        if is_answered(tag, snapshot, known) and known[tag].wants_second_opinion_of(reviewer, overlap=overlap)
    ]


def disputed(snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice]) -> list[Tag]:
    """The images on which reviewers differ and that have not been adjudicated."""
    return [tag for tag in reviewable(snapshot) if is_answered(tag, snapshot, known) and known[tag].is_disputed]
