"""A session opened: what an interrupted one left is recovered, and the waiting images are queued."""

from collections.abc import Callable

from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.review.choice_writer import FINAL_CHOICES, ChoiceWriter, unapproved
from judge_pipeline.review.review_queue import Order, doubtful, in_order, waiting
from judge_pipeline.review.reviewers import known_reviewers
from judge_pipeline.review.session import Session


def open_session(writer: ChoiceWriter, *, order: Order, limit: int | None, log: Callable[[str], None]) -> Session:
    """Recovers what an interrupted session left, and queues the waiting images, at most `limit` of them."""
    snapshot = writer.project.snapshot()
    if recovered := writer.recover_interrupted(list(snapshot.images), snapshot.images):
        log(f"answers recovered from an interrupted session: {recovered}; Encord had them already, they count as blind")
    known = writer.records.results(FINAL_CHOICES, FinalChoice)
    if writer.approves:
        for tag in unapproved(snapshot, known):
            problem = writer.approve(tag, snapshot.rows_of(tag))
            log(problem or f"approved {snapshot.images[tag].title!r}, which was answered earlier")
    first = doubtful(writer.records.results("judgements", Judgement)) if order is Order.DISAGREEMENTS else set()
    queue = in_order(waiting(snapshot, known), reviewer=writer.reviewer or "", first=first)
    asked_again = {tag: known[tag] for tag in queue if tag in known and known[tag].label is not None}
    decided = sum(choice.label is not None for tag, choice in known.items() if tag in snapshot.images) - len(
        asked_again
    )
    reviewers = known_reviewers(known.values(), also=writer.reviewer)
    return Session(writer, snapshot, queue[:limit], asked_again, first, reviewers, decided)
