"""A ruling: the judge's answer for one order of the captions, with the captioners' names restored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from judge_pipeline.domain.answer_codec.decoding import Answers
from judge_pipeline.domain.answer_codec.judge_form import CAPTION_KEYS, JUDGE_CHOICE_KEY, other_fields
from judge_pipeline.domain.blinding import Blinding
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import ChosenOption, ClassificationAnswer
from judge_pipeline.domain.ontology import Classification


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the judge answered. `shown_first` was Caption A; `text` is the model's raw answer.

    `probability` is that of the choice against the other caption, if the server gives log-probabilities.
    """

    shown_first: Captioner
    for_8b: ClassificationAnswer
    for_16b: ClassificationAnswer
    others: tuple[ClassificationAnswer, ...]
    choice: Captioner
    text: str
    probability: float | None = None

    def answer_for(self, captioner: Captioner) -> ClassificationAnswer:
        """The answer about this captioner's caption."""
        return self.for_8b if captioner is Captioner.LLM_8B else self.for_16b


def ruling_of(answers: Mapping[str, Answers], blinding: Blinding, *, text: str) -> Ruling:
    """Builds the ruling from the answers to all fields of the judge's form; `text` is the judge's raw answer."""
    judge_ontology, shown_first = blinding.judge_ontology, blinding.shown_first
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
