"""Judgements: the judge compares the captions by the project's ontology; its answers go onto the image's label row."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.panel import Opinion, panel_judgement
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.suspicion import suspicions_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.workflow import JUDGE
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.engine.batch_context import BatchContext, finished_by_a_person
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.leases import Leases
from judge_pipeline.engine.steps.judging import Case, own_judgement
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import Unanswered
from judge_pipeline.models.image_preparation import PreparedImage

AT_ONCE = 100
WINDOW_SECONDS = 0.1


async def make_judgement(
    batch: BatchContext, tag: Tag, picture: PreparedImage, *, caption_8b: Caption, caption_16b: Caption
) -> Judgement:
    """The value of a `judgements` partition: the captions judged blind, by every judge of the panel where there is one.

    A panel's judge that refuses, is cut off or gives no usable answer abstains. When all do, the first one's end is the
    tag's.

    Raises:
        UnusableAnswer: an answer does not fit the ontology, twice. ModelError: no answer.
    """
    case = Case(tag, picture, caption_8b.text, caption_16b.text)
    ends = await asyncio.gather(*(own_judgement(batch, judge, case) for judge in batch.judges), return_exceptions=True)
    opinions = [_opinion(judge.endpoint, end) for judge, end in zip(batch.judges, ends, strict=True)]
    if isinstance(ends[0], Exception) and not any(opinion.judgement for opinion in opinions):
        raise ends[0]
    judgement = opinions[0].judgement
    if judgement is None or len(opinions) > 1:
        judgement = panel_judgement(opinions, batch.judge_ontology)
    rulings = [ruling for opinion in opinions if opinion.judgement for ruling in opinion.judgement.rulings]
    return replace(
        judgement,
        judged_with=batch.pipeline.judged_with,
        suspicions=suspicions_in(caption_8b=case.caption_8b, caption_16b=case.caption_16b, rulings=rulings),
    )


def _opinion(endpoint: Endpoint, end: Judgement | BaseException) -> Opinion:
    if isinstance(end, Judgement):
        return Opinion(endpoint.name, end.model, end)
    if isinstance(end, UnusableAnswer | Unanswered):
        return Opinion(endpoint.name, endpoint.model, None, f"{type(end).__name__}: {end}")
    raise end


@dataclass(frozen=True, slots=True)
class Ruled:
    """A judgement with the rows that it is about: the image's and its texts'."""

    row: ProjectRow
    judgement: Judgement
    texts: LinkedTextItems

    @property
    def data_hashes(self) -> tuple[str, ...]:
        """Of the rows that move on together."""
        return (self.row.data_hash, *(item.data_hash for item in self.texts))


class Ruler:
    """Writes judgements onto label rows and moves images with their texts to the people, many at once."""

    def __init__(self, batch: BatchContext, leases: Leases) -> None:
        self._batch = batch
        self._leases = leases
        self._gather = Batcher(self._rule_all, most=AT_ONCE, window_seconds=WINDOW_SECONDS)

    async def rule(self, judgement: Judgement, texts: LinkedTextItems) -> None:
        """Returns once the answers are saved and the image and both texts are in Human Review.

        Raises:
            RowRefused: a person has finished the image meanwhile, or a task does not leave the judge's stage.
            LeaseLost: another run has its tag.
        """
        await self._gather(Ruled(self._batch.image_row(judgement.tag), judgement, texts))

    async def _rule_all(self, ruled: Sequence[Ruled]) -> list[Exception | None]:
        return await self._batch.encord(
            self._leases.for_held, ruled, self._rule_now, tag_of=lambda each: each.judgement.tag
        )

    def _rule_now(self, ruled: Sequence[Ruled]) -> list[Exception | None]:
        project = self._batch.project
        if self._batch.reopen:
            project.reopen_for_judge([data_hash for each in ruled for data_hash in each.data_hashes])
        answers = {each.row.data_hash: each.judgement.answers for each in ruled}
        finished = project.save_answers(answers, cleared=_asked(self._batch.judge_ontology))
        moving = [hash_ for each in ruled if each.row.data_hash not in finished for hash_ in each.data_hashes]
        behind = project.move_tasks(moving, [JUDGE])
        return [_outcome(each, finished=finished, behind=behind) for each in ruled]


def _outcome(ruled: Ruled, *, finished: Mapping[str, str], behind: Mapping[str, str]) -> RowRefused | None:
    title = ruled.row.title
    if ruled.row.data_hash in finished:
        return finished_by_a_person(title, finished[ruled.row.data_hash])
    stuck = [behind[data_hash] for data_hash in ruled.data_hashes if data_hash in behind]
    if stuck:
        return RowRefused(
            f"the task of {title!r} or of a caption of it does not leave {stuck[0]!r}; look at it in Encord"
        )
    return None


def _asked(judge_ontology: JudgeOntology) -> list[str]:
    """Feature hashes of all classifications that the judge fills: an earlier answer goes even where there is no new one."""
    asked = (judge_ontology.for_8b, judge_ontology.for_16b, *judge_ontology.others, judge_ontology.choice)
    return [classification.feature_hash for classification in asked]
