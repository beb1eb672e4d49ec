"""A sitting: one session of the page, how its images are drawn, and in which order they come."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from judge_pipeline.domain.drawing import Asked, Draw, Drawing, in_drawing_order, next_round
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.review.review_queue import disputed, for_second_opinion, is_answered, waiting
from judge_pipeline.store.store import ProjectStore


class Order(StrEnum):
    """Which images come first."""

    RANDOM = "random"
    DISAGREEMENTS = "disagreements"


@dataclass(frozen=True, slots=True)
class Sitting:
    """`draws` say how far drawing has come; those in `first` come before the others, drawn or not.

    The share `overlap` of the images is shown to a second reviewer. If it `adjudicates`, only disputed images are shown.
    """

    name: str
    draws: Mapping[Tag, Draw] = field(default_factory=dict)
    first: Collection[Tag] = ()
    overlap: float = 0.0
    adjudicates: bool = False

    def in_order(self, tags: Iterable[Tag]) -> list[Tag]:
        """The same order for all reviewers, wherever they begin: whatever they answer is one sample."""
        return in_drawing_order(tags, self.draws, first=self.first)

    def queue(
        self, snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice], *, reviewer: str | None
    ) -> tuple[list[Tag], set[Tag]]:
        """The images that this reviewer is asked about, in their order, and which of them for a second opinion."""
        if self.adjudicates:
            return self.in_order(disputed(snapshot, known)), set()
        second = for_second_opinion(snapshot, known, reviewer=reviewer, overlap=self.overlap)
        return self.in_order([*waiting(snapshot, known), *second]), set(second)

    def asked(self, tag: Tag) -> Asked:
        """How a person comes to be asked about this image."""
        if tag in self.first or tag not in self.draws:
            return Asked(Drawing.DISAGREEMENTS, None, self.name)
        is_random = len({draw.weight for draw in self.draws.values()}) == 1
        return Asked(Drawing.RANDOM if is_random else Drawing.STRATIFIED, self.draws[tag].round, self.name)


def open_sitting(
    store: ProjectStore,
    snapshot: ProjectSnapshot,
    known: Mapping[Tag, FinalChoice],
    *,
    order: Order,
    now: datetime,
    overlap: float = 0.0,
    adjudicates: bool = False,
) -> Sitting:
    """Begins a round of drawing if images have come or gone since the last one."""
    draws = store.draws.all()
    blind = {
        tag: choice
        for tag, choice in known.items()
        if choice.blind and choice.is_by_person and tag in snapshot.images and is_answered(tag, snapshot, known)
    }
    rounds = {tag: choice.round for tag, choice in blind.items() if choice.round is not None}
    frame = [*waiting(snapshot, known), *blind]
    weights = {tag: draws[tag].weight if order is Order.DISAGREEMENTS and tag in draws else 1.0 for tag in frame}
    begun = next_round(draws, weights, answered=blind, drawn_in=rounds)
    store.draws.save(begun)
    first = doubtful(store.results("judgements", Judgement)) if order is Order.DISAGREEMENTS else set()
    name = f"{now.isoformat(timespec='seconds')} {secrets.token_hex(4)}"
    present = begun or {tag: draws[tag] for tag in frame}
    return Sitting(name, present, first, overlap, adjudicates)


def doubtful(judgements: Mapping[Tag, Judgement]) -> set[Tag]:
    """Where the judge is undecided, or contradicted itself in the other order."""
    return {tag for tag, judgement in judgements.items() if judgement.choice is None or judgement.orders_agree is False}
