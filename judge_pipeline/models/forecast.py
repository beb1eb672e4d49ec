"""Forecasts: what the calls that are still to be made will take, from what similar ones took, or else by rule of thumb."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.price_list import tokens_cost_usd
from judge_pipeline.models.token_estimate import CHARACTERS_PER_TOKEN

IMAGE_TOKENS = 768
"""Of 1024 x 768 pixels, by squares of 32; a tile-counting model takes 765."""

GUESSED_SECONDS = 5.0
"""Of one call where none was made yet: between the two seconds of a small local model and the ten of a large one."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """`calls` to one endpoint for one purpose. `past` are answers to such calls, of whatever model.

    Where none of them is this model's, a call is taken to have `prompt_characters`, an image, and `answer_tokens`.
    """

    purpose: str
    endpoint: Endpoint
    calls: int
    past: Sequence[ModelAnswer]
    prompt_characters: int
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What `calls` will take; repairs and retries come on top. `measured` answers it is made of: with 0 it is a guess.

    `cost_usd` is None where no price is known. `limit` says what the `minutes` hang on.
    """

    purpose: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    minutes: float
    limit: str
    measured: int

    @property
    def is_guess(self) -> bool:
        """Whether nothing like it was measured yet."""
        return self.calls > 0 and not self.measured


def forecast(ahead: Ahead) -> Forecast:
    """The mean of what this model's answers took, times the calls."""
    endpoint, calls = ahead.endpoint, ahead.calls
    own = [answer for answer in ahead.past if _is_of(answer.model, endpoint.model)]
    prompts = [answer.usage.prompt_tokens for answer in own if answer.usage.prompt_tokens is not None]
    answers = [answer.usage.completion_tokens for answer in own if answer.usage.completion_tokens is not None]
    guessed = ahead.prompt_characters / CHARACTERS_PER_TOKEN + IMAGE_TOKENS
    prompt_tokens = round(calls * (fmean(prompts) if prompts else guessed))
    completion_tokens = round(calls * (fmean(answers) if answers else ahead.answer_tokens))
    seconds = fmean(answer.seconds for answer in own) if own else GUESSED_SECONDS
    minutes, limit = _duration(endpoint, calls, tokens=prompt_tokens + completion_tokens, seconds=seconds)
    return Forecast(
        ahead.purpose,
        endpoint.model,
        calls,
        prompt_tokens,
        completion_tokens,
        _cost(endpoint, calls, own, Usage(prompt_tokens, completion_tokens)),
        minutes,
        limit,
        measured=len(own),
    )


def _cost(endpoint: Endpoint, calls: int, own: Sequence[ModelAnswer], usage: Usage) -> float | None:
    """By the price of today, or where that is unknown, by what the server has said that it bills."""
    if not calls:
        return 0.0
    by_price = tokens_cost_usd(usage, endpoint)
    billed = [answer.cost_usd for answer in own if answer.cost_usd is not None]
    if by_price is None and billed:
        return calls * fmean(billed)
    return by_price


def _duration(endpoint: Endpoint, calls: int, *, tokens: int, seconds: float) -> tuple[float, str]:
    """The longest of what each limit needs by itself, in minutes, and that limit."""
    needs = {f"{endpoint.concurrency} calls at once": calls * seconds / endpoint.concurrency / 60}
    if endpoint.requests_per_minute:
        needs[f"{endpoint.requests_per_minute:g} calls a minute"] = calls / endpoint.requests_per_minute
    if endpoint.tokens_per_minute:
        needs[f"{endpoint.tokens_per_minute:g} tokens a minute"] = tokens / endpoint.tokens_per_minute
    limit = max(needs, key=lambda name: needs[name])
    return needs[limit], limit


def _is_of(answered: str, asked: str) -> bool:
    """Servers name a dated version of the model that was asked for, or leave out its folder."""
    return answered.startswith(asked) or asked.endswith(answered)
