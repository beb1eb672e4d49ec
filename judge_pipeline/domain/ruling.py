"""A ruling: one answer of the judge to one order of the two captions, with the captioners' names given back."""

from dataclasses import dataclass, replace

from judge_pipeline.domain.answer_decoding import Answers, decode_answer
from judge_pipeline.domain.answer_json import read_json_object
from judge_pipeline.domain.blinding import Blinding
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_form import CAPTION_KEYS, JUDGE_CHOICE_KEY, judge_fields, other_fields
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.ontology import Classification


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the judge said. `shown_first` was Caption A; `text` is the answer as the model gave it."""

    shown_first: Captioner
    for_8b: ClassificationAnswer
    for_16b: ClassificationAnswer
    others: tuple[ClassificationAnswer, ...]
    choice: Captioner
    text: str

    def answer_for(self, captioner: Captioner) -> ClassificationAnswer:
        """What was said of this captioner's caption."""
        return self.for_8b if captioner is Captioner.LLM_8B else self.for_16b


def read_ruling(text: str, judge_ontology: JudgeOntology, *, shown_first: Captioner) -> Ruling:
    """The ruling in an answer to the judge's question in this order, whatever stands around its JSON.

    Raises:
        UnusableAnswer: with all that is wrong with it, in the words of the question: it can go back to the judge.
    """
    blinding = Blinding(judge_ontology, shown_first)
    value, problems = read_json_object(text)
    try:
        answers = decode_answer(judge_fields(blinding), value, shown=blinding.hide)
    except UnusableAnswer as unusable:
        raise UnusableAnswer([*problems, *unusable.problems]) from None
    if problems:
        raise UnusableAnswer(problems)
    about = dict(zip((shown_first, shown_first.other), CAPTION_KEYS, strict=True))
    others = zip(judge_ontology.others, other_fields(blinding), strict=True)
    return Ruling(
        shown_first=shown_first,
        for_8b=_answer(judge_ontology.for_8b, answers[about[Captioner.LLM_8B]], blinding),
        for_16b=_answer(judge_ontology.for_16b, answers[about[Captioner.LLM_16B]], blinding),
        others=tuple(_answer(other, answers[field.key], blinding) for other, field in others if answers[field.key]),
        choice=_choice(answers[JUDGE_CHOICE_KEY]),
        text=text.encode(errors="replace").decode(),
    )


def _answer(classification: Classification, answers: Answers, blinding: Blinding) -> ClassificationAnswer:
    revealed = tuple(
        replace(answer, value=blinding.reveal(answer.value)) if isinstance(answer.value, str) else answer
        for answer in answers
    )
    return ClassificationAnswer(classification.feature_hash, classification.title, revealed)


def _choice(answers: Answers) -> Captioner:
    (chosen,) = (answer.value for answer in answers if isinstance(answer.value, ChosenOption))
    return Captioner(chosen.feature_hash)
