"""Final choices by a script, so that the demo's report has choices to compare the judge with; marked as scripted everywhere."""

import hashlib
from datetime import UTC, datetime

from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Order
from judge_pipeline.domain.final_choice import SCRIPTED
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.review.choice_writer import ChoiceWriter
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.opening import open_session

SHARE = 2 / 3
"""Of the images; the rest is for trying `judge-pipeline review`."""

CONTRARY_SHARE = 0.25
TIE_SHARE = 0.1


def make_scripted_choices(pipeline: PipelineResources, terminal: Terminal) -> int:
    """Answers some images through the review, as blind as a person; returns how many this call answered."""
    project = pipeline.open_project()
    with pipeline.open_store() as store:
        writer = ChoiceWriter(
            project=project,
            records=store,
            roles=pipeline.titles.roles_in(project.ontology),
            reviewer=SCRIPTED,
            approves=False,
            holder="judge-pipeline demo",
            now=lambda: datetime.now(UTC),
        )
        sync_final_choices(project, store, writer.roles, holder=writer.holder)
        session = open_session(writer, order=Order.RANDOM, limit=None, log=terminal.print)
        left = round(SHARE * len(session.comparisons.snapshot.images)) - session.decided
        while left > len(session.answered) and (comparison := session.next(tab=SCRIPTED, without=())) is not None:
            session.answer(comparison.tag, scripted_side(comparison))
        return len(session.answered)


def scripted_side(comparison: Comparison) -> Side:
    """The longer caption, or by lot the shorter one or a tie; it sees neither names nor the judge's answer."""
    lot = int.from_bytes(hashlib.sha256(f"scripted {comparison.tag}".encode()).digest()[:8]) / 2**64
    longer = max(Captioner, key=lambda captioner: len(comparison.captions[captioner]))
    if lot < TIE_SHARE:
        return Side.TIE
    side = comparison.side_of(longer.other if lot < TIE_SHARE + CONTRARY_SHARE else longer)
    return side or Side.TIE
