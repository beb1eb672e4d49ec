"""The images that wait for an answer, and their order: a random sample from the first one on, or the doubtful ones first."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind


class Order(StrEnum):
    """Which images come first."""

    RANDOM = "random"
    DISAGREEMENTS = "disagreements"


def waiting(snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice]) -> list[Tag]:
    """The images in review that have both captions, and no known answer for these captions."""
    return [
        tag
        for tag, row in snapshot.images.items()
        if row.kind is StageKind.REVIEW
        and tag not in snapshot.conflicts
        and all((tag, captioner) in snapshot.texts for captioner in Captioner)
        and (tag not in known or known[tag].label is None or not known[tag].is_given_for(snapshot.text_item_uuids(tag)))
    ]


def in_order(tags: Iterable[Tag], *, reviewer: str, first: Collection[Tag] = ()) -> list[Tag]:
    """Shuffled by a hash of reviewer and tag, so the same at every start; those in `first` come before the others.

    As long as `first` is empty, whatever part gets answered is a random sample; two reviewers rarely meet.
    """
    return sorted(
        tags, key=lambda tag: (tag not in first, hashlib.sha256(f"review order {reviewer} {tag}".encode()).digest())
    )


def doubtful(judgements: Mapping[Tag, Judgement]) -> set[Tag]:
    """Where the judge is undecided, or contradicted itself in the other order."""
    return {tag for tag, judgement in judgements.items() if judgement.choice is None or judgement.orders_agree is False}
