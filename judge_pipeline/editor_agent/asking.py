"""The model asked for a description: an answer that was paid for and not saved yet is used instead of a new one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.description import description_question, read_description
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.encord_project.frames import Frame
from judge_pipeline.models.image_preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.store.store import ProjectStore

ROUNDS = 2
"""The question, and one repair."""

PURPOSE = "description"


@dataclass(frozen=True, slots=True)
class Description:
    """A text, and the fingerprints under which the answers that it took are kept."""

    text: str
    fingerprints: Sequence[str]


async def ask_for_description(
    client: ModelClient, records: ProjectStore, frame: Frame, image: PreparedImage
) -> Description:
    """The model's description of this frame. Its answers are kept until `forget` says that the description is saved.

    Raises:
        UnusableAnswer: twice; nothing of it is used again. ModelError: no answer at all.
    """
    question = description_question()
    fingerprints: list[str] = []
    while True:
        fingerprint = question.fingerprint(
            image_sha256=image.sha256,
            endpoint=client.endpoint.base_url,
            model=client.endpoint.model,
            parameters={**client.parameters, "data_hash": frame.data_hash, "frame": frame.number},
        )
        answer = await asyncio.to_thread(records.answer, fingerprint)
        if answer is None:
            answer = await client.ask(question, image)
            await asyncio.to_thread(records.keep_answer, fingerprint, purpose=PURPOSE, answer=answer)
        fingerprints.append(fingerprint)
        try:
            return Description(read_description(answer.text), fingerprints)
        except UnusableAnswer as error:
            if len(fingerprints) == ROUNDS:
                await forget(records, fingerprints, reason=str(error))
                raise UnusableAnswer(error.problems, text=answer.text) from None
            question = question.repaired(answer=answer.text, problems=error.problems)


async def forget(records: ProjectStore, fingerprints: Sequence[str], *, reason: str) -> None:
    """Keeps these answers for reading only, so that the next click asks anew."""
    discard: Callable[[str, str], None] = records.discard_answer
    for fingerprint in fingerprints:
        await asyncio.to_thread(discard, fingerprint, reason)
