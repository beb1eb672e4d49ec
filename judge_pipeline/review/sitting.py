"""A sitting: one session of the page, how its images are drawn, and in which order they come."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from judge_pipeline.domain.drawing import Asked, Draw, Drawing, Order, in_drawing_order, next_round, present_round, rank
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.auto_accept import audit_weights
from judge_pipeline.reporting.graded_judge import weights_by_doubt
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline.review.errors import ReviewError
from judge_pipeline.review.review_queue import disputed, for_second_opinion, is_answered, waiting
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import ProjectStore


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
    order: Order = Order.RANDOM

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
        asked = [*waiting(snapshot, known), *second]
        if self.order is Order.AUDIT:
            asked = [tag for tag in asked if rank(tag, self.draws) < 1]
        return self.in_order(asked), set(second)

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
    """Begins a round of drawing if images or their weights have changed since the last one.

    Raises:
        ReviewError: an audit is asked for, and no gap is known to be enough for auto-accept.
    """
    draws = store.draws.all()
    answers = {
        tag: choice for tag, choice in known.items() if tag in snapshot.images and is_answered(tag, snapshot, known)
    }
    by_people = {tag: choice for tag, choice in answers.items() if choice.is_by_person}
    blind = {tag: choice for tag, choice in (by_people or answers).items() if choice.blind}
    rounds = {tag: choice.round for tag, choice in blind.items() if choice.round is not None}
    # What was decided in the editor since it could be drawn stays: its like was drawn, and speaks for it.
    decided_since = [
        tag for tag in by_people.keys() - blind.keys() if tag in draws and draws[tag].round == present_round(draws)
    ]
    frame = [*waiting(snapshot, known), *blind, *decided_since]
    begun = {}
    if not adjudicates:
        begun = next_round(draws, _weights(order, store, draws, frame), answered=blind, drawn_in=rounds)
        store.draws.save(begun)
    first = doubtful(store.results("judgements", Judgement)) if order is Order.DISAGREEMENTS else set()
    name = f"{now.isoformat(timespec='seconds')} {secrets.token_hex(4)}"
    present = begun or {tag: draws[tag] for tag in frame if tag in draws}
    return Sitting(name, present, first, overlap, adjudicates, order)


def _weights(order: Order, store: ProjectStore, draws: Mapping[Tag, Draw], frame: Collection[Tag]) -> dict[Tag, float]:
    if order is Order.DISAGREEMENTS:
        return {tag: draws[tag].weight if tag in draws else 1.0 for tag in frame}
    if order is Order.RANDOM:
        return dict.fromkeys(frame, 1.0)
    opinions = Opinions(load_outcomes(store))
    found = audit_weights(opinions) if order is Order.AUDIT else weights_by_doubt(opinions)
    if found is None:
        raise ReviewError(
            "no gap between the judge's scores is known to be enough for auto-accept yet, so there is nothing to audit; "
            "`judge-pipeline review` in its usual order collects the choices that the rule needs"
        )
    return {tag: found.get(tag, 1.0) for tag in frame}


def doubtful(judgements: Mapping[Tag, Judgement]) -> set[Tag]:
    """Where the judge is undecided, or contradicted itself in the other order."""
    return {tag for tag, judgement in judgements.items() if judgement.choice is None or judgement.orders_agree is False}
