"""A question put to a model: the answer is kept before it is read, and asked for once more when it cannot be used."""

from collections.abc import Callable
from typing import TypeVar

from judge_pipeline.assets.ledger import Ledger
from judge_pipeline.domain.model_answer import ModelAnswer, Question, UnusableAnswer
from judge_pipeline.models.image_preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient

T = TypeVar("T")

ROUNDS = 2
"""The question, and one repair."""


async def ask(
    client: ModelClient,
    ledger: Ledger,
    *,
    purpose: str,
    generation: int,
    question: Question,
    image: PreparedImage,
    read: Callable[[str], T],
) -> tuple[T, list[ModelAnswer]]:
    """What `read` makes of the answer, and the answers that it took.

    An answer that the store has is not paid for again, unless `generation` has grown since it was kept. When the
    repaired one is unusable too, all of them are discarded, so that the next attempt asks anew.

    Raises:
        UnusableAnswer: twice. ModelError: no answer at all.
    """
    asked: list[str] = []
    answers: list[ModelAnswer] = []
    while True:
        fingerprint = question.fingerprint(
            image_sha256=image.sha256,
            endpoint=client.endpoint.base_url,
            model=client.endpoint.model,
            parameters={**client.parameters, "generation": generation} if generation else client.parameters,
        )
        answer = await ledger.answer(fingerprint)
        if answer is None:
            answer = await client.ask(question, image)
            await ledger.keep_answer(fingerprint, purpose=purpose, answer=answer)
        asked.append(fingerprint)
        answers.append(answer)
        try:
            return read(answer.text), answers
        except UnusableAnswer as error:
            if len(asked) == ROUNDS:
                await ledger.discard_answers(asked, str(error))
                raise UnusableAnswer(error.problems, text=answer.text) from None
            question = question.repaired(answer=answer.text, problems=error.problems)
