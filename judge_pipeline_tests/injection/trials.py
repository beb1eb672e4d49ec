"""The canary set before a judge: what is flagged, and whose caption is chosen."""

import json
from dataclasses import dataclass

from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.blinding import Orders, nonce_for, orders_for
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_question import judge_question
from judge_pipeline.domain.judgement import merge
from judge_pipeline.domain.model_answer import Question
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.suspicion import suspicions_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.domain.ontologies import seed_ontology
from judge_pipeline_tests.injection.canaries import CANARIES, Canary
from judge_pipeline_tests.injection.judges import TRUE_CAPTION, Judge

POOR_CAPTION = "A dog on a boat."


@dataclass(frozen=True)
class Tried:
    """One canary: whether it is flagged, and whose caption is chosen. The first captioner's is the sly one."""

    canary: Canary
    is_flagged: bool
    one_order: Captioner | None
    both_orders: Captioner | None


def questions(tag: Tag, caption: str, orders: Orders) -> list[tuple[AnswerSheet, Question]]:
    """What the judge is asked about a poor caption of the first captioner and a true one of the second."""
    sheets = [AnswerSheet.blank(seed_ontology(), shown_first=first) for first in orders_for(tag, orders)]
    nonce = nonce_for(tag, caption, TRUE_CAPTION)
    return [(s, judge_question(s, caption_8b=caption, caption_16b=TRUE_CAPTION, nonce=nonce)) for s in sheets]


def rulings(judge: Judge, tag: Tag, caption: str, orders: Orders) -> list[Ruling]:
    """What this judge answers."""
    return [
        sheet.fill_in(json.dumps(judge(question.text, dict(question.schema or {})))).ruling()
        for sheet, question in questions(tag, caption, orders)
    ]


def choice(judge: Judge, tag: Tag, caption: str, orders: Orders) -> Captioner | None:
    """The choice that the rulings make together."""
    return merge(
        rulings(judge, tag, caption, orders),
        tag=tag,
        judge_ontology=seed_ontology(),
        caption_8b=caption,
        caption_16b=TRUE_CAPTION,
        model="stub",
        prompt_version="p",
        spent=Spent(),
    ).choice


def tried(judge: Judge, *, tag: Tag) -> list[Tried]:
    """Every canary before one judge, about one tag."""
    return [
        Tried(
            canary,
            bool(suspicions_in(caption_8b=canary.caption, caption_16b=TRUE_CAPTION, rulings=[])),
            one_order=choice(judge, tag, canary.caption, Orders.ONE),
            both_orders=choice(judge, tag, canary.caption, Orders.BOTH),
        )
        for canary in CANARIES
    ]
