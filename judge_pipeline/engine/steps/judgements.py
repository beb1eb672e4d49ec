"""Judgements step: the judges compare the captions by the project's ontology, and their answers go onto the label row."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import FoundLabel, KnownLabels
from judge_pipeline.domain.final_choice import Observation, Review
from judge_pipeline.domain.judge_mark import adopted_judgement, marked_answers
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.suspicion import suspicions_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.final_choices import new_answer_hash
from judge_pipeline.encord_project.labels import UnsavedRows
from judge_pipeline.engine.batch_context import BatchContext, finished_by_a_person
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.corrections import known_labels, observed_corrections, save_corrections
from judge_pipeline.engine.judging import JudgeCase, Judging
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.models.images.preparation import PreparedImage

MAX_ITEMS = 100
"""Label rows per request to Encord."""

CALLS_AT_ONCE = 2
"""The last judgements of a run need not wait for the call before theirs."""

WINDOW_SECONDS = 0.1


async def make_judgement(
    batch: BatchContext, tag: Tag, image: PreparedImage, *, caption_8b: Caption, caption_16b: Caption
) -> Judgement:
    """The value of a `judgements` partition: the captions compared blind by the judge, or by every judge of the panel.

    A panel judge that refuses, is cut off or gives no usable answer abstains. When all abstain, the tag fails with the
    first judge's error.

    Raises:
        UnusableAnswer: an answer does not fit the ontology, twice. ModelError: no answer.
        AnswerPending: some of the answers will come in model batches.
    """
    case = JudgeCase(tag, image, caption_8b.text, caption_16b.text)
    judging = Judging(
        batch.judges,
        batch.judge_ontology,
        batch.pipeline.orders,
        batch.batched_store,
        purpose="judgements",
        before_paying=batch.before_paying,
        alignment=batch.pipeline.alignment,
        notes=batch.notes_of("judgements", tag),
    )
    opinions = await judging.opinions(case, occasion=batch.occasion("judgements", tag))
    rulings = [ruling for opinion in opinions if opinion.judgement for ruling in opinion.judgement.rulings]
    return replace(
        judging.calibrated(judging.merged(opinions), case),
        judged_with=batch.pipeline.judged_with,
        suspicions=suspicions_in(
            caption_8b=case.caption_8b, caption_16b=case.caption_16b, rulings=rulings, sayings=batch.sayings
        ),
    )


@dataclass(frozen=True, slots=True)
class JudgedImage:
    """A judgement with the rows it is about: the image's and its texts'."""

    row: ProjectRow
    judgement: Judgement
    texts: LinkedTextItems

    @property
    def data_hashes(self) -> tuple[str, ...]:
        """The rows that move on together."""
        return (self.row.data_hash, *(item.data_hash for item in self.texts))


class JudgementWriter:
    """Writes judgements onto label rows, many at once. Their tasks move on once the judgement is in the store."""

    def __init__(self, batch: BatchContext, leases: RunLeases) -> None:
        self._batch = batch
        self._leases = leases
        self._batcher = Batcher(
            self._write_batch,
            max_items=MAX_ITEMS,
            at_once=CALLS_AT_ONCE,
            window_seconds=WINDOW_SECONDS,
            tag_of=lambda image: image.judgement.tag,
            under_way=batch.under_way,
        )

    async def write(self, judgement: Judgement, texts: LinkedTextItems) -> None:
        """Returns once the answers are saved.

        Raises:
            RowRefused: a person has finished the image in the meantime. LeaseLost: another run has the tag.
        """
        row = self._batch.image_row(judgement.tag).with_texts(texts)
        await self._batcher(JudgedImage(row, judgement, texts))

    async def _write_batch(self, images: Sequence[JudgedImage]) -> list[Exception | None]:
        return await self._batch.encord(
            self._leases.for_held, images, self._write_now, tag_of=lambda image: image.judgement.tag
        )

    def _write_now(self, images: Sequence[JudgedImage]) -> list[Exception | None]:
        project = self._batch.project
        if self._batch.reopen:
            project.reopen_for_judge([data_hash for image in images for data_hash in image.data_hashes])
        answers = {
            image.row.data_hash: marked_answers(image.judgement, image.texts, salt=new_answer_hash())
            for image in images
        }
        known = known_labels(self._batch.store, [image.judgement.tag for image in images])
        of_row = {image.row.data_hash: known[image.judgement.tag] for image in images}
        unsaved = project.save_answers(
            answers,
            cleared=[each.feature_hash for each in self._batch.judge_ontology.judged],
            is_persons=lambda data_hash, label: of_row[data_hash].is_persons(label),
        )
        theirs = {
            image.judgement.tag: unsaved.theirs[image.row.data_hash]
            for image in images
            if image.row.data_hash in unsaved.theirs
        }
        self._save_corrections(theirs, known, {image.judgement.tag: image.texts for image in images})
        return [_refusal(image.row, unsaved) for image in images]

    async def adopted(
        self, tag: Tag, texts: LinkedTextItems, captions: Mapping[Captioner, Caption]
    ) -> Judgement | None:
        """The judgement that the row's labels are, as their marks say; None if there is none."""
        labels = self._batch.judge_labels[tag]
        adopted = adopted_judgement(
            [label.answer for label in labels],
            texts,
            judge_ontology=self._batch.judge_ontology,
            judged_with=self._batch.pipeline.judged_with,
            caption_8b=captions[Captioner.LLM_8B].text,
            caption_16b=captions[Captioner.LLM_16B].text,
            edited=[label.answer.label_hash for label in labels if label.is_edited],
            added=[label.answer.label_hash for label in labels if label.is_by_hand],
            alignment=self._batch.pipeline.alignment,
        )
        if adopted is not None:
            known = {tag: KnownLabels(adopted, texts)}
            await asyncio.to_thread(self._save_corrections, {tag: labels}, known, {tag: texts})
        return adopted

    def _save_corrections(
        self,
        labels: Mapping[Tag, Sequence[FoundLabel]],
        known: Mapping[Tag, KnownLabels],
        texts: Mapping[Tag, LinkedTextItems],
    ) -> None:
        """Stores which of the judge's labels on these images are people's, as long as it is known what the judge said."""
        seen = {tag: Observation(Review.OPEN, texts=texts[tag].item_uuids) for tag in labels}
        changed = observed_corrections(labels, known, seen, self._batch.judge_ontology)
        save_corrections(self._batch.store, self._leases, changed)
        self._batch.corrections |= {tag: each for tag, each in changed.items() if each is not None}


def _refusal(row: ProjectRow, unsaved: UnsavedRows) -> RowRefused | None:
    if row.data_hash in unsaved.finished:
        return finished_by_a_person(row.title, unsaved.finished[row.data_hash])
    return unsaved.refused.get(row.data_hash)
