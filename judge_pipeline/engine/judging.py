"""Asking the judges about two captions of one image: each judge in the configured orders, its rulings merged."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.blinding import Orders, nonce_for, orders_for
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_question import judge_prompt_version, judge_question
from judge_pipeline.domain.judgement import Judgement, alike, merge
from judge_pipeline.domain.model_answer import ModelAnswer, Question, UnusableAnswer
from judge_pipeline.domain.panel import PanelOpinion, panel_judgement
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.spending import total_spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.models.ask import AnswerCache, ask
from judge_pipeline.models.batch_asker import NoteBook
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import AnswerPending, Unanswered
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient


@dataclass(frozen=True, slots=True)
class JudgeCase:
    """What a judge compares: two captions of one image."""

    tag: Tag
    image: PreparedImage
    caption_8b: str
    caption_16b: str

    @property
    def is_alike(self) -> bool:
        """Whether both captions say the same."""
        return alike(self.caption_8b, self.caption_16b)

    def orders(self, configured: Orders) -> tuple[Captioner, ...]:
        """The captioner behind Caption A in each ruling.

        Captions that say the same are shown in one order only: no order could show which is better, and the rubric is
        answered in any case.
        """
        return orders_for(self.tag, Orders.ONE if self.is_alike else configured)

    def question(self, sheet: AnswerSheet, alignment: Alignment = NOT_ALIGNED) -> Question:
        """The question for the next part of the sheet."""
        return judge_question(
            sheet,
            caption_8b=self.caption_8b,
            caption_16b=self.caption_16b,
            nonce=nonce_for(self.tag, self.caption_8b, self.caption_16b, *alignment.captions),
            alignment=alignment,
        )


@dataclass(frozen=True, slots=True)
class Judging:
    """The judges, their form and orders, what they have learned, and where answers are saved under which `purpose`.

    With `notes` questions may be asked in model batches.
    """

    judges: Sequence[ModelClient]
    judge_ontology: JudgeOntology
    orders: Orders
    cache: AnswerCache
    purpose: str
    before_paying: Callable[[], Awaitable[None]] | None = None
    alignment: Alignment = NOT_ALIGNED
    notes: NoteBook | None = None

    async def opinions(self, case: JudgeCase, *, occasion: Mapping[str, int]) -> list[PanelOpinion]:
        """The opinion of each judge. A judge that refuses, is cut off or gives no usable answer abstains.

        Raises:
            UnusableAnswer, Unanswered: all of them abstain; the first judge's error. ModelError: no answer.
            AnswerPending: every question is asked, and some answers will come in model batches.
        """
        results = await asyncio.gather(
            *(self._judgement(judge, case, occasion) for judge in self.judges), return_exceptions=True
        )
        _raise_first(result for result in results if not isinstance(result, UnusableAnswer | Unanswered))
        found = [_opinion(judge.endpoint, result) for judge, result in zip(self.judges, results, strict=True)]
        if isinstance(results[0], Exception) and not any(opinion.judgement for opinion in found):
            raise results[0]
        return found

    def merged(self, opinions: Sequence[PanelOpinion]) -> Judgement:
        """The judgement of the judge, or of the whole panel."""
        judgement = opinions[0].judgement
        if judgement is None or len(opinions) > 1:
            return panel_judgement(opinions, self.judge_ontology)
        return judgement

    def calibrated(self, judgement: Judgement, case: JudgeCase) -> Judgement:
        """The judgement as the alignment corrects it; the same without a calibration."""
        if (calibration := self.alignment.calibration) is None:
            return judgement
        return calibration.applied(
            judgement, self.judge_ontology, caption_8b=case.caption_8b, caption_16b=case.caption_16b
        )

    async def _judgement(self, judge: ModelClient, case: JudgeCase, occasion: Mapping[str, int]) -> Judgement:
        """One judge's judgement: its rulings in the configured orders, merged."""
        orders = case.orders(self.orders)
        # Wait for all even if one fails: an answer under way is paid for, and the others are asked in the same model batch.
        results = await asyncio.gather(
            *(self._ruling(judge, case, first, occasion) for first in orders), return_exceptions=True
        )
        _raise_first(results)
        rulings = [result for result in results if not isinstance(result, BaseException)]
        answers = [answer for _, answers_of_order in rulings for answer in answers_of_order]
        return merge(
            [ruling for ruling, _ in rulings],
            tag=case.tag,
            judge_ontology=self.judge_ontology,
            caption_8b=case.caption_8b,
            caption_16b=case.caption_16b,
            model=answers[-1].model,
            prompt_version=judge_prompt_version(self.alignment),
            spent=total_spent(answers),
        )

    async def _ruling(
        self, judge: ModelClient, case: JudgeCase, shown_first: Captioner, occasion: Mapping[str, int]
    ) -> tuple[Ruling, list[ModelAnswer]]:
        """A ruling, and the answers it took: one for each part of the form, plus those that needed a repair."""
        sheet = AnswerSheet.blank(self.judge_ontology, shown_first=shown_first)
        answers: list[ModelAnswer] = []
        while not sheet.is_complete:
            asked = await ask(
                judge,
                self.cache,
                purpose=self.purpose,
                question=case.question(sheet, self.alignment),
                image=case.image,
                read=sheet.fill_in,
                occasion=occasion,
                before_paying=self.before_paying,
                notes=self.notes,
            )
            sheet = asked.value
            answers += asked.answers
        return replace(sheet.ruling(), probability=answers[-1].choice_probability), answers


def _raise_first(results: Iterable[object]) -> None:
    """Raises the first error, one that no answer can change before one that waits for an answer."""
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise next((error for error in errors if not isinstance(error, AnswerPending)), errors[0])


def _opinion(endpoint: Endpoint, result: Judgement | BaseException) -> PanelOpinion:
    if isinstance(result, Judgement):
        return PanelOpinion(endpoint.name, result.model, result)
    if isinstance(result, UnusableAnswer | Unanswered):
        return PanelOpinion(endpoint.name, endpoint.model, None, f"{type(result).__name__}: {result}")
    raise result
