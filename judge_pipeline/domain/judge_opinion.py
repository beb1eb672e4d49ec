"""The judge's opinion of one image as it stands on the label row: what a person may see once they have answered."""

from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner


@dataclass(frozen=True, slots=True)
class JudgeOpinion:
    """`choice` is None where the judge was undecided or has not judged; grades are (criterion, label) as the ontology has them."""

    choice: Captioner | None = None
    grades_8b: tuple[tuple[str, str], ...] = ()
    grades_16b: tuple[tuple[str, str], ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether the judge has said anything."""
        return bool(self.choice or self.grades_8b or self.grades_16b)

    def grades_of(self, captioner: Captioner) -> tuple[tuple[str, str], ...]:
        """What the judge said of this captioner's caption."""
        return self.grades_8b if captioner is Captioner.LLM_8B else self.grades_16b
