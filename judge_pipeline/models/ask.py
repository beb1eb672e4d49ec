"""A question put to a model: its answer is saved before it is read, and asked for once more when it is unusable."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer, Question, UnusableAnswer
from judge_pipeline.models.batch_asker import BatchPlace, NoteBook
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient

T = TypeVar("T")

ROUNDS = 2
"""The question, and one repair."""


class AnswerCache(Protocol):
    """Answers by the fingerprints of their questions, so that none is paid for twice."""

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer saved for a question, if there is one."""

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        """Saves an answer; durable when this returns."""

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        """Keeps answers for the record only: the same questions are asked again."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """The value read from an answer; all answers it took, the usable one last, and the fingerprints they are saved under."""

    value: T
    answers: Sequence[ModelAnswer]
    fingerprints: Sequence[str]


def fingerprint_of(question: Question, endpoint: Endpoint, image: PreparedImage, *, occasion: Mapping[str, Any]) -> str:
    """The fingerprint under which the answer to a question is cached."""
    return question.fingerprint(
        image_sha256=image.sha256,
        endpoint=endpoint.base_url,
        model=endpoint.model,
        parameters={**endpoint.answer_parameters, "image": image.recipe, **occasion},
    )


async def ask(
    client: ModelClient,
    cache: AnswerCache,
    *,
    purpose: str,
    question: Question,
    image: PreparedImage,
    read: Callable[[str], T],
    occasion: Mapping[str, Any],
    before_paying: Callable[[], Awaitable[None]] | None = None,
    notes: NoteBook | None = None,
) -> Asked[T]:
    """The value that `read` makes of the answer to a question.

    A cached answer to the same question on the same `occasion` is not paid for again. `occasion` tells two askings of the same
    question apart; it is part of the fingerprint, next to the endpoint's parameters and what was done to the image. When the
    repaired answer is unusable too, all answers are discarded, so that the next attempt asks again. `before_paying` is called
    before each call of the model. With `notes` the question may be asked in a model batch, as the client's endpoint wants it.

    Raises:
        UnusableAnswer: twice. ModelError: there was no answer. AnswerPending: it will come in a model batch.
    """
    fingerprints: list[str] = []
    answers: list[ModelAnswer] = []
    while True:
        fingerprint = fingerprint_of(question, client.endpoint, image, occasion=occasion)
        answer = await cache.find_answer(fingerprint)
        if answer is None:
            place = BatchPlace(notes, fingerprint, before_paying) if notes else None
            if before_paying and not place:
                await before_paying()
            save = partial(cache.save_answer, fingerprint, purpose)
            answer = await client.ask(question, image, save=save, place=place)
        fingerprints.append(fingerprint)
        answers.append(answer)
        try:
            return Asked(read(answer.text), answers, fingerprints)
        except UnusableAnswer as error:
            if len(answers) == ROUNDS:
                await cache.discard_answers(fingerprints, str(error))
                raise UnusableAnswer(error.problems, text=answer.text) from None
            question = question.repaired(answer=answer.text, problems=error.problems)
