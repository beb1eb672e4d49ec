"""Final choices by a script, so that a demonstration has a report with two sides; nobody is to take them for people's."""

import hashlib
from datetime import UTC, datetime

from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import SCRIPTED, FinalChoice
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.review.choice_writer import FINAL_CHOICES, ChoiceWriter
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.review_queue import Order
from judge_pipeline.review.session import open_session
from judge_pipeline.store.store import Store

SHARE = 2 / 3
"""Of the images; the rest is left for whoever wants to try `judge-pipeline review`."""

CONTRARY_SHARE = 0.25
TIE_SHARE = 0.1


def make_scripted_choices(pipeline: PipelineResources, terminal: Terminal) -> int:
    """Answers a part of the images on the review's own way, as blind as a person would; returns how many were answered now."""
    project = EncordProject.open(pipeline.connection, pipeline.project_hash)
    store = Store.open(pipeline.database_url)
    try:
        records = store.project(pipeline.project_hash)
        writer = ChoiceWriter(
            project=project,
            records=records,
            roles=pipeline.titles.roles_in(project.ontology),
            reviewer=SCRIPTED,
            approves=False,
            holder="judge-pipeline demo",
            now=lambda: datetime.now(UTC),
        )
        sync_final_choices(project, records, writer.roles, holder=writer.holder)
        session = open_session(writer, order=Order.RANDOM, limit=None, log=terminal.say)
        known = records.results(FINAL_CHOICES, FinalChoice)
        there = sum(choice.label is not None and tag not in session.asked_again for tag, choice in known.items())
        left = round(SHARE * len(session.snapshot.images)) - there
        while left > len(session.answered) and (next_one := session.next(tab=SCRIPTED, without=())) is not None:
            session.answer(next_one.tag, scripted_side(next_one))
        return len(session.answered)
    finally:
        store.close()


def scripted_side(comparison: Comparison) -> Side:
    """The longer caption, or by lot the shorter one or a tie: it sees no name and nothing of what the judge says."""
    lot = int.from_bytes(hashlib.sha256(f"scripted {comparison.tag}".encode()).digest()[:8]) / 2**64
    longer = max(Captioner, key=lambda captioner: len(comparison.captions[captioner]))
    if lot < TIE_SHARE:
        return Side.TIE
    side = comparison.side_of(longer.other if lot < TIE_SHARE + CONTRARY_SHARE else longer)
    return side or Side.TIE
