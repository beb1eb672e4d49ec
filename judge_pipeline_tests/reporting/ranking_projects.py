"""Small projects for rankings: two models captioned each image, a judge chose, people decided a random sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Draw, Drawing, in_drawing_order
from judge_pipeline.domain.final_choice import SCRIPTED, TIE, FinalChoice, Review
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, outcomes
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.opinions import FIRST
from judge_pipeline.reporting.ranking import RankedProject
from judge_pipeline.store.store import ProjectStore

BY_PEOPLE = (FIRST, FIRST, FIRST, FIRST.other, None)
"""People's choices, image by image and over again: 3 for `first`, 1 for `second`, a tie; so 70% with ties half."""

BY_JUDGE = (FIRST, FIRST, FIRST.other, FIRST.other, FIRST.other)


@dataclass(frozen=True)
class Project:
    """`first` is the model of the report's first captioner. Images with equal numbers are the same file in all projects."""

    name: str
    first: str
    second: str
    numbers: Sequence[int] = range(50)
    labelled: int = 40
    judge: str = "j"
    judged_with: str = "j; both orders; prompt 1"
    is_scripted: bool = False
    is_drawn: bool = True
    by_people: Sequence[Captioner | None] = BY_PEOPLE
    by_judge: Sequence[Captioner | None] = BY_JUDGE
    caption_prompt: str = "1"

    @property
    def tags(self) -> dict[Tag, int]:
        return {Tag(f"{self.name}-{number}"): number for number in self.numbers}

    @property
    def images(self) -> dict[Tag, Image]:
        return {
            tag: Image(tag, f"{number}.jpg", "i", "d", f"sha {number}", 8, 8, "") for tag, number in self.tags.items()
        }

    def captions(self, captioner: Captioner) -> dict[Tag, Caption]:
        model = self.first if captioner is FIRST else self.second
        return {tag: Caption(tag, captioner, "A cat.", model, self.caption_prompt, Spent()) for tag in self.tags}

    @property
    def judgements(self) -> dict[Tag, Judgement]:
        return {
            tag: Judgement(
                tag=tag,
                rulings=(),
                answers=(),
                choice=self.by_judge[number % len(self.by_judge)],
                orders_agree=None,
                captions_alike=False,
                not_available=(),
                scores=(),
                improvement_8b=None,
                improvement_16b=None,
                model=self.judge,
                prompt_version="1",
                ontology_version=f"of {self.name}",
                spent=Spent(),
                judged_with=self.judged_with,
            )
            for tag, number in self.tags.items()
        }

    @property
    def draws(self) -> dict[Tag, Draw]:
        return {tag: Draw(1.0) for tag in self.tags} if self.is_drawn else {}

    @property
    def final_choices(self) -> dict[Tag, FinalChoice]:
        order = in_drawing_order(self.tags, self.draws) if self.is_drawn else list(self.tags)
        return {
            tag: self._choice(tag, self.by_people[self.tags[tag] % len(self.by_people)])
            for tag in order[: self.labelled]
        }

    def _choice(self, tag: Tag, choice: Captioner | None) -> FinalChoice:
        return FinalChoice(
            tag,
            choice,
            choice.value if choice else TIE,
            Review.OPEN,
            blind=self.is_drawn,
            decided_by=SCRIPTED if self.is_scripted else "ann@example.com",
            drawn=Drawing.RANDOM if self.is_drawn else Drawing.BY_HAND,
            round=1 if self.is_drawn else None,
        )

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return outcomes(
            images=self.images,
            captions_8b=self.captions(Captioner.LLM_8B),
            captions_16b=self.captions(Captioner.LLM_16B),
            judgements=self.judgements,
            final_choices=self.final_choices,
            failures=[],
            linked_text_items={},
            draws=self.draws,
        )

    @property
    def ranked(self) -> RankedProject:
        return RankedProject(self.name, self.outcomes)

    def save(self, store: ProjectStore) -> None:
        """As runs and the review save it."""
        leases = store.leases.acquire(list(self.tags), holder="test", seconds=60)
        found: dict[str, Mapping[Tag, object]] = {
            "images": self.images,
            "captions_8b": self.captions(Captioner.LLM_8B),
            "captions_16b": self.captions(Captioner.LLM_16B),
            "judgements": self.judgements,
            "final_choices": self.final_choices,
        }
        for asset, values in found.items():
            store.save_results(asset, {leases[tag]: value for tag, value in values.items()})
        store.draws.save(self.draws)
