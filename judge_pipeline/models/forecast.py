"""Forecasts of the tokens, dollars and minutes of planned calls, from similar past calls or by rule of thumb."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.models.cost import tokens_cost_usd
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.token_budget import CHARACTERS_PER_TOKEN

IMAGE_TOKENS = 768
"""Of 1024 x 768 pixels, by squares of 32; a tile-counting model takes 765."""

GUESSED_SECONDS = 5.0
"""Per call without a past one: between 2 s of a small local model and 10 s of a large one."""


@dataclass(frozen=True, slots=True)
class PlannedCalls:
    """`calls` to one endpoint for one purpose. `past` holds answers to such calls, from any model.

    If none of them is from this model, a call is assumed to have `prompt_characters`, an image and `answer_tokens`.
    """

    purpose: str
    endpoint: Endpoint
    calls: int
    past: Sequence[ModelAnswer]
    prompt_characters: int
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What `calls` will take, without repairs and retries, from `measured` past answers; with 0 it is a guess.

    `cost_usd` is None without a known price. `limit` names the limit that determines `minutes`.
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
        """Whether there is no past answer from this model."""
        return self.calls > 0 and not self.measured


def forecast(planned: PlannedCalls) -> Forecast:
    """The mean of this model's past answers, times the calls."""
    endpoint, calls = planned.endpoint, planned.calls
    own = [answer for answer in planned.past if _is_same_model(answer.model, endpoint.model)]
    prompts = [answer.usage.prompt_tokens for answer in own if answer.usage.prompt_tokens is not None]
    answers = [answer.usage.completion_tokens for answer in own if answer.usage.completion_tokens is not None]
    guessed = planned.prompt_characters / CHARACTERS_PER_TOKEN + IMAGE_TOKENS
    prompt_tokens = round(calls * (fmean(prompts) if prompts else guessed))
    completion_tokens = round(calls * (fmean(answers) if answers else planned.answer_tokens))
    timed = [answer.seconds for answer in own if answer.seconds]  # a batch's answers have no time of their own
    seconds = fmean(timed) if timed else GUESSED_SECONDS
    minutes, limit = _duration(endpoint, calls, tokens=prompt_tokens + completion_tokens, seconds=seconds)
    return Forecast(
        planned.purpose,
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
    """By today's price, or if that is unknown, by what the server reported to bill."""
    if not calls:
        return 0.0
    by_price = tokens_cost_usd(usage, endpoint)
    billed = [answer.cost_usd for answer in own if answer.cost_usd is not None]
    if by_price is None and billed:
        return calls * fmean(billed)
    return by_price


def _duration(endpoint: Endpoint, calls: int, *, tokens: int, seconds: float) -> tuple[float, str]:
    """The longest time that any single limit requires, in minutes, and that limit."""
    needs = {f"{endpoint.concurrency} calls at once": calls * seconds / endpoint.concurrency / 60}
    if endpoint.requests_per_minute:
        needs[f"{endpoint.requests_per_minute:g} calls a minute"] = calls / endpoint.requests_per_minute
    if endpoint.tokens_per_minute:
        needs[f"{endpoint.tokens_per_minute:g} tokens a minute"] = tokens / endpoint.tokens_per_minute
    limit = max(needs, key=lambda name: needs[name])
    return needs[limit], limit


def _is_same_model(reported: str, requested: str) -> bool:
    """Servers report a dated version of the requested model, or leave out its folder."""
    return reported.startswith(requested) or requested.endswith(reported)
