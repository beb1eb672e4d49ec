"""The judge's opinion as found on the label row: what a person may see after answering."""

from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner


@dataclass(frozen=True, slots=True)
class JudgeOpinion:
    """`choice` is None if the judge was undecided or has not judged. Grades are the ontology's (criterion, label) pairs.

    `is_corrected` says that a person has edited or replaced some of it.
    """

    choice: Captioner | None = None
    grades_8b: tuple[tuple[str, str], ...] = ()
    grades_16b: tuple[tuple[str, str], ...] = ()
    is_corrected: bool = False

    @property
    def is_there(self) -> bool:
        """Whether the row holds anything from the judge."""
        return bool(self.choice or self.grades_8b or self.grades_16b)

    def grades_of(self, captioner: Captioner) -> tuple[tuple[str, str], ...]:
        """The judge's grades for this captioner's caption."""
        return self.grades_8b if captioner is Captioner.LLM_8B else self.grades_16b
