"""How many tokens a question will take, learned from those before it."""

import json
import math

from judge_pipeline.domain.model_answer import Question
from judge_pipeline.models.image_preparation import PreparedImage

CHARACTERS_PER_TOKEN = 4
"""OpenAI's own rule of thumb for English text."""

PATCH_PIXELS = 32
"""Newer models count an image in squares of this side; 1024 x 768 is 768 of them, and 765 tokens where tiles are counted."""

WEIGHT_OF_THE_LAST = 0.2
"""Of the newest answer among all before it."""


class TokenEstimate:
    """One endpoint's. Before the first answer it is a guess on the high side: a whole answer is allowed for."""

    def __init__(self) -> None:
        self._share: float | None = None

    def of(self, question: Question, image: PreparedImage) -> int:
        """Tokens of prompt and answer together, at least 1."""
        return max(1, math.ceil(_guess(question, image) * (1.0 if self._share is None else self._share)))

    def learn(self, question: Question, image: PreparedImage, *, taken: int) -> None:
        """Notes what a question took."""
        share = taken / _guess(question, image)
        self._share = share if self._share is None else self._share + WEIGHT_OF_THE_LAST * (share - self._share)


def _guess(question: Question, image: PreparedImage) -> int:
    texts = [question.system, question.text, *(turn.text for turn in question.follow_up)]
    if question.schema is not None:
        texts.append(json.dumps(dict(question.schema)))
    characters = sum(len(text) for text in texts)
    patches = math.ceil(image.width / PATCH_PIXELS) * math.ceil(image.height / PATCH_PIXELS)
    return math.ceil(characters / CHARACTERS_PER_TOKEN) + patches + question.max_tokens
