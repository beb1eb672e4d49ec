"""A question put to a model: the answer is kept before it is read, and asked for once more when it cannot be used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer, Question, UnusableAnswer
from judge_pipeline.models.image_preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient

T = TypeVar("T")

ROUNDS = 2
"""The question, and one repair."""


class KeptAnswers(Protocol):
    """Where answers are kept by the fingerprints of their questions, so that none is paid for twice."""

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer that is kept for a question, if there is one."""

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        """Keeps an answer; durable when this returns."""

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        """Keeps answers for reading only: the same questions are asked anew."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What was made of an answer; all answers that it took, the usable one last, and the fingerprints they are kept under."""

    value: T
    answers: Sequence[ModelAnswer]
    fingerprints: Sequence[str]


async def ask(
    client: ModelClient,
    kept: KeptAnswers,
    *,
    purpose: str,
    question: Question,
    image: PreparedImage,
    read: Callable[[str], T],
    occasion: Mapping[str, Any],
) -> Asked[T]:
    """What `read` makes of the answer to a question.

    An answer that is kept for the same question on the same `occasion` is not paid for again: what of the occasion is to
    tell two askings apart goes into the fingerprint beside the client's parameters. When the repaired answer is unusable
    too, all of them are discarded, so that the next attempt asks anew.

    Raises:
        UnusableAnswer: twice. ModelError: no answer at all.
    """
    fingerprints: list[str] = []
    answers: list[ModelAnswer] = []
    while True:
        fingerprint = question.fingerprint(
            image_sha256=image.sha256,
            endpoint=client.endpoint.base_url,
            model=client.endpoint.model,
            parameters={**client.parameters, **occasion},
        )
        answer = await kept.find_answer(fingerprint)
        if answer is None:
            answer = await client.ask(question, image, keep=partial(kept.save_answer, fingerprint, purpose))
        fingerprints.append(fingerprint)
        answers.append(answer)
        try:
            return Asked(read(answer.text), answers, fingerprints)
        except UnusableAnswer as error:
            if len(answers) == ROUNDS:
                await kept.discard_answers(fingerprints, str(error))
                raise UnusableAnswer(error.problems, text=answer.text) from None
            question = question.repaired(answer=answer.text, problems=error.problems)
