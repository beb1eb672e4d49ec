"""The model asked for a description: an answer that was paid for and not saved yet is used instead of a new one."""

import asyncio
from collections.abc import Sequence

from judge_pipeline.domain.description import description_question, read_description
from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.encord_project.frames import Frame
from judge_pipeline.models.ask import Asked, KeptAnswers, ask
from judge_pipeline.models.image_preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.store.store import ProjectStore

PURPOSE = "description"


class UnsavedAnswers:
    """The answers of clicks in a project's store, each written by itself: people do not click often enough to gather them."""

    def __init__(self, records: ProjectStore) -> None:
        self._records = records

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer that is kept for a question, if there is one."""
        return await asyncio.to_thread(self._records.find_answer, fingerprint)

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        """Keeps an answer; durable when this returns."""
        await asyncio.to_thread(self._records.save_answer, fingerprint, purpose=purpose, answer=answer)

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        """Keeps answers for reading only, so that the next click asks anew."""
        for fingerprint in fingerprints:
            await asyncio.to_thread(self._records.discard_answer, fingerprint, reason)


async def ask_for_description(client: ModelClient, kept: KeptAnswers, frame: Frame, image: PreparedImage) -> Asked[str]:
    """The model's description of this frame. Its answers stay usable until whoever saves the description discards them.

    Raises:
        UnusableAnswer: twice; nothing of it is used again. ModelError: no answer at all.
    """
    return await ask(
        client,
        kept,
        purpose=PURPOSE,
        question=description_question(),
        image=image,
        read=read_description,
        occasion={"data_hash": frame.data_hash, "frame": frame.number},
    )
