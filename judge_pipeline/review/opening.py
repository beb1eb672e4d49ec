"""A session opened: what an interrupted one left is recovered, and the waiting images are queued."""

from collections.abc import Callable

from judge_pipeline.domain.drawing import Order
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.review.choice_writer import FINAL_CHOICES, ChoiceWriter, unapproved
from judge_pipeline.review.fetched_comparisons import FetchedComparisons
from judge_pipeline.review.review_queue import is_answered
from judge_pipeline.review.reviewers import known_reviewers
from judge_pipeline.review.session import Session
from judge_pipeline.review.sitting import open_sitting


def open_session(
    writer: ChoiceWriter,
    *,
    order: Order,
    limit: int | None,
    log: Callable[[str], None],
    overlap: float = 0.0,
    adjudicates: bool = False,
) -> Session:
    """Recovers what an interrupted session left, and queues the waiting images, at most `limit` of them."""
    snapshot = writer.project.snapshot()
    if recovered := writer.recover_interrupted(list(snapshot.images), snapshot.images):
        log(f"answers recovered from an interrupted session: {recovered}; Encord had them already, they count as blind")
    known = writer.records.results(FINAL_CHOICES, FinalChoice)
    if writer.approves:
        for tag in unapproved(snapshot, known, overlap=overlap):
            problem = writer.approve(tag, snapshot.rows_of(tag))
            log(problem or f"approved {snapshot.images[tag].title!r}, which was answered earlier")
    sitting = open_sitting(
        writer.records, snapshot, known, order=order, now=writer.now(), overlap=overlap, adjudicates=adjudicates
    )
    queue, second = sitting.queue(snapshot, known, reviewer=writer.reviewer)
    reviewers = known_reviewers(known.values(), also=writer.reviewer)
    expected = {tag: known[tag] for tag in queue if tag in known and known[tag].label is not None}
    decided = sum(is_answered(tag, snapshot, known) for tag in snapshot.images)
    comparisons = FetchedComparisons(writer.project, writer.roles, snapshot)
    return Session(writer, comparisons, queue[:limit], sitting, expected, second, reviewers, decided)
