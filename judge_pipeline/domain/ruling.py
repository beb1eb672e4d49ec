"""A ruling: one answer of the judge to one order of the two captions, with the captioners' names given back."""

from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import ClassificationAnswer


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
