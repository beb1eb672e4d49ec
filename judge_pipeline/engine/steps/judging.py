"""One judge asked about one image, in each order of the captions and for every part of its form."""

import asyncio
from dataclasses import dataclass

from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.blinding import Orders, nonce_for, orders_for
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_question import judge_prompt_version, judge_question
from judge_pipeline.domain.judgement import Judgement, alike, merge
from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.spending import total_spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.models.ask import ask
from judge_pipeline.models.image_preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient


@dataclass(frozen=True, slots=True)
class Case:
    """What there is to judge: a picture and what the two captioners say of it."""

    tag: Tag
    picture: PreparedImage
    caption_8b: str
    caption_16b: str


async def own_judgement(batch: BatchContext, judge: ModelClient, case: Case) -> Judgement:
    """What one judge says, its rulings in the orders that the settings ask for merged.

    Captions that say the same are shown in one order only: which is better is decided by nothing then, both ways round,
    and the rubric is answered all the same.

    Raises:
        UnusableAnswer: an answer does not fit the ontology, twice. ModelError: no answer.
    """
    same = alike(case.caption_8b, case.caption_16b)
    orders = orders_for(case.tag, Orders.ONE if same else batch.pipeline.orders)
    ruled = await asyncio.gather(*(_ruling(batch, judge, case, first) for first in orders))
    answers = [answer for _, given in ruled for answer in given]
    return merge(
        [ruling for ruling, _ in ruled],
        tag=case.tag,
        judge_ontology=batch.judge_ontology,
        caption_8b=case.caption_8b,
        caption_16b=case.caption_16b,
        model=answers[-1].model,
        prompt_version=judge_prompt_version(),
        spent=total_spent(answers),
    )


async def _ruling(
    batch: BatchContext, judge: ModelClient, case: Case, shown_first: Captioner
) -> tuple[Ruling, list[ModelAnswer]]:
    """A ruling, and the answers that it took: one for each part of the form, and those that had to be repaired."""
    sheet = AnswerSheet.blank(batch.judge_ontology, shown_first=shown_first)
    answers: list[ModelAnswer] = []
    while not sheet.is_complete:
        asked = await ask(
            judge,
            batch.batched_store,
            purpose="judgements",
            question=judge_question(
                sheet,
                caption_8b=case.caption_8b,
                caption_16b=case.caption_16b,
                nonce=nonce_for(case.tag, case.caption_8b, case.caption_16b),
            ),
            image=case.picture,
            read=sheet.filled,
            occasion=batch.occasion("judgements", case.tag),
        )
        sheet = asked.value
        answers += asked.answers
    return sheet.ruling(), answers
