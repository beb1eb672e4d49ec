"""Captions step: each captioner describes the image within the word limit."""

from functools import partial

from judge_pipeline.domain.caption import Caption, caption_question, read_caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judge_mark import ADOPTED
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.spending import Spent, total_spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.same_answers import Said
from judge_pipeline.models.ask import ask
from judge_pipeline.models.errors import Refused
from judge_pipeline.models.images.preparation import PreparedImage

NOTHING_SPENT = Spent(cached_tokens=None, image_tokens=None)


async def make_caption(
    batch: BatchContext, tag: Tag, captioner: Captioner, image: PreparedImage, picture: Image
) -> Caption:
    """The value of a captions partition.

    A text item that is already linked to the image is its caption, and so is one that an earlier store has uploaded but
    not linked: it is read, and no model is called.

    Raises:
        UnusableAnswer: empty or too long, twice. ModelError: no answer, or the same one for too many images.
        AnswerPending: it will come in a model batch.
    """
    version = prompt("caption").version
    read = partial(read_caption, max_words=batch.pipeline.caption_max_words)
    row = batch.text_row(tag, captioner)
    unlinked = batch.unlinked_text(tag, captioner)
    text = None
    if row is not None:
        text = await batch.encord(batch.project.read_text, row)
    elif unlinked is not None:
        text = (await batch.encord(batch.project.read_texts, [unlinked])).get(unlinked)
    if text is not None:
        return Caption(tag, captioner, text.strip(), ADOPTED, version, NOTHING_SPENT)
    watch = batch.answer_watches.get(captioner)
    try:
        asked = await ask(
            batch.captioners[captioner],
            batch.batched_store,
            purpose=captioner.asset_name,
            question=caption_question(),
            image=image,
            read=read,
            occasion=batch.occasion(captioner.asset_name, tag),
            before_paying=batch.before_paying,
            notes=batch.notes_of(captioner.asset_name, tag),
        )
    except (Refused, UnusableAnswer) as error:
        if watch and error.text and (same := watch.see(tag, Said(error.text, "", picture.thumbnail))):
            raise same from None
        raise
    said = Said(asked.value, asked.answers[-1].model, picture.thumbnail)
    if watch and (same := watch.see(tag, said, asked.fingerprints)):
        batch.stop_asking(same)
        discarded, watch.fingerprints = watch.fingerprints, []
        await batch.batched_store.discard_answers(discarded, str(same))
        raise same
    return Caption(
        tag=tag,
        captioner=captioner,
        text=asked.value,
        model=asked.answers[-1].model,
        prompt_version=version,
        spent=total_spent(asked.answers),
    )
