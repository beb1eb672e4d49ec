"""The beginning of a sitting: what an interrupted one left is finished, and the images that wait are put in order."""

from collections.abc import Callable

from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.review.choices import Order
from judge_pipeline.review.decisions import FINAL_CHOICES, Desk, unapproved
from judge_pipeline.review.order import doubtful, in_order, waiting
from judge_pipeline.review.session import Session


def open_session(desk: Desk, *, order: Order, limit: int | None, log: Callable[[str], None]) -> Session:
    """Reads the project's rows and the store's decisions once. At most `limit` images are asked about."""
    snapshot = desk.project.snapshot()
    if finished := desk.finish(list(snapshot.images), snapshot.images):
        log(f"answers of an interrupted sitting that Encord had already, kept as given blind: {finished}")
    known = desk.records.results(FINAL_CHOICES, FinalChoice)
    if desk.approves:
        for tag in unapproved(snapshot, known):
            problem = desk.approve(tag, snapshot.rows(tag))
            log(problem or f"approved {snapshot.images[tag].title!r}, which was answered before")
    first = doubtful(desk.records.results("judgements", Judgement)) if order is Order.DISAGREEMENTS else set()
    queue = in_order(waiting(snapshot, known), reviewer=desk.reviewer or "", first=first)
    asked_again = {tag: known[tag] for tag in queue if tag in known and known[tag].label is not None}
    return Session(desk, snapshot, queue[:limit], asked_again)
