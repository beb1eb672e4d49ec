"""Tokens per minute: how many a question will take, and when it may start."""

import json
import math
from collections import deque
from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Question, Usage
from judge_pipeline.models.images.preparation import PreparedImage

MINUTE_SECONDS = 61.0
"""A second more than the server's minute: requests that start a minute apart may arrive slightly closer."""

CHARACTERS_PER_TOKEN = 4
"""OpenAI's own rule of thumb for English text."""

PATCH_PIXELS = 32
"""Newer models count an image in squares of this side; 1024 x 768 is 768 of them, and 765 tokens where tiles are counted."""

PICTURE_TOKENS = 256
"""Of an example's image, 512 x 512 pixels."""

NEWEST_WEIGHT = 0.2
"""The weight of the newest answer in the running estimate."""


@dataclass(slots=True, eq=False)
class Charge:
    """The tokens of one request, from its start on: first as reserved, then as the answer counts them."""

    started_at: float
    tokens: int


class TokenBudget:
    """The times at which requests of a known size may start. Pure: the caller passes the time.

    In any minute the requests that start in it take at most `tokens_per_minute`; a larger request starts once
    nothing else was charged for a minute. All times are seconds of one monotonic clock.
    """

    def __init__(self, *, tokens_per_minute: float) -> None:
        self._limit = tokens_per_minute
        self._charges: deque[Charge] = deque()
        self._charged = 0

    def seconds_until_start(self, now: float, *, tokens: int) -> float:
        """How long a request of `tokens` that is ready at `now` has to wait; 0 when it may start."""
        self._forget_before(now - MINUTE_SECONDS)
        left = self._charged
        if left + tokens <= self._limit:
            return 0.0
        free_at = now
        for charge in self._charges:
            left -= charge.tokens
            free_at = charge.started_at + MINUTE_SECONDS
            if left + tokens <= self._limit:
                break
        return max(0.0, free_at - now)

    def start(self, now: float, *, tokens: int) -> Charge:
        """Charges a request that starts."""
        charge = Charge(now, tokens)
        self._charges.append(charge)
        self._charged += tokens
        return charge

    def limit_to(self, tokens_per_minute: float) -> None:
        """Sets another limit; what has started stays charged."""
        self._limit = tokens_per_minute

    def charged(self, now: float) -> int:
        """The tokens of the last minute."""
        self._forget_before(now - MINUTE_SECONDS)
        return self._charged

    def ages(self, now: float) -> list[tuple[float, int]]:
        """The charges of the last minute by their age in seconds, those of one second together."""
        self._forget_before(now - MINUTE_SECONDS)
        by_second: dict[int, tuple[float, int]] = {}
        for charge in self._charges:
            age = now - charge.started_at
            youngest, tokens = by_second.get(int(age), (age, 0))
            by_second[int(age)] = (min(youngest, age), tokens + charge.tokens)
        return list(by_second.values())

    def correct(self, charge: Charge, *, tokens: int) -> None:
        """Replaces the reserved tokens with those the request took."""
        if self._charges and charge.started_at >= self._charges[0].started_at:
            self._charged += tokens - charge.tokens
            charge.tokens = tokens

    def _forget_before(self, moment: float) -> None:
        while self._charges and self._charges[0].started_at <= moment:
            self._charged -= self._charges.popleft().tokens


class TokenEstimate:
    """Estimates one endpoint's tokens per question from earlier answers.

    Before the first answer it errs on the high side and allows for a whole answer.
    """

    def __init__(self) -> None:
        self._share: float | None = None

    def of(self, question: Question, image: PreparedImage) -> int:
        """Tokens of prompt and answer together, at least 1."""
        return max(1, math.ceil(_guess(question, image) * (1.0 if self._share is None else self._share)))

    def usage_of(self, question: Question, image: PreparedImage) -> Usage:
        """The same, by kind."""
        total = self.of(question, image)
        answer = math.ceil(total * question.max_tokens / _guess(question, image))
        return Usage(total - answer, answer)

    def learn(self, question: Question, image: PreparedImage, *, tokens: int) -> None:
        """Adjusts the estimate to the tokens that a question took."""
        share = tokens / _guess(question, image)
        self._share = share if self._share is None else self._share + NEWEST_WEIGHT * (share - self._share)


def _guess(question: Question, image: PreparedImage) -> int:
    texts = [question.system, question.text, *(turn.text for turn in question.follow_up)]
    if question.schema is not None:
        texts.append(json.dumps(dict(question.schema)))
    characters = sum(len(text) for text in texts)
    patches = math.ceil(image.width / PATCH_PIXELS) * math.ceil(image.height / PATCH_PIXELS)
    patches += PICTURE_TOKENS * len(question.pictures)
    return math.ceil(characters / CHARACTERS_PER_TOKEN) + patches + question.max_tokens
