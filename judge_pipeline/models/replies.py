"""Replies as answers, as a reason to ask a second time, or as errors."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer, Question, Usage
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import CutOff, EmptyAnswer, Filtered, Refused, Unanswered, quotation
from judge_pipeline.models.exchange import Reply

Amount = TypeVar("Amount", int, float)

REFUSAL = re.compile(
    r"(?:(?:(?:i['\u2019]?m|i am|we['\u2019]re)\s+(?:very\s+|really\s+)?sorry|sorry|i\s+apologi[sz]e|unfortunately|as an ai)\b"
    r"[^.!?]{0,60}?)?"
    r"\bi\s*(?:['\u2019]m|\s+am)?\s*(?:can['\u2019]?t|cannot|can not|won['\u2019]t|unable to|not able to)\s+"
    r"(?:help|assist|comply|provide|describe|identify|fulfil|discuss|answer|continue|process|analy[sz]e|view|see|do that)\b",
    re.IGNORECASE,
)
"""How models start when they decline in plain words, with HTTP 200 and finish_reason "stop"."""

LONGEST_REFUSAL = 600
"""Characters; a longer text with such a start is an answer with a caveat."""

SENTINELS = {"failed to get resp", "failed to get response", "null", "none"}
"""What gateways send in place of an answer they did not get."""


def text_of(reply: Reply, question: Question) -> str:
    """The answer's text. A server with a reasoning parser may put JSON into the reasoning; prose there is not an answer."""
    if reply.text.strip() or question.schema is None:
        return reply.text
    return reply.reasoning


def second_try(question: Question, reply: Reply) -> Question | None:
    """What to ask after an answer that was cut off (with twice the tokens) or empty (the same); None if it is complete."""
    if _has_declined(reply):
        return None
    if reply.finish_reason == "length":
        return replace(question, max_tokens=question.max_tokens * 2)
    return question if _is_empty(text_of(reply, question)) else None


def read_replies(replies: Sequence[Reply], *, question: Question, endpoint: Endpoint) -> ModelAnswer:
    """The answer in the last of the replies to one question, with the tokens, dollars and time of all of them.

    Raises:
        Unanswered: there is none; the subclass says why.
    """
    last = replies[-1]
    usage = _total(replies)
    cost = _sum([reply.cost_usd for reply in replies])
    text = text_of(last, question)
    error = _error(last, text=text, question=question)
    if error is not None:
        kind, reason = error
        raise kind(f"{endpoint} {reason}", text=last.refusal or text, usage=usage, cost_usd=cost)
    return ModelAnswer(
        text=text,
        model=last.model or endpoint.model,
        usage=usage,
        seconds=sum(reply.seconds for reply in replies),
        cost_usd=cost,
    )


def _error(reply: Reply, *, text: str, question: Question) -> tuple[type[Unanswered], str] | None:
    prompts = (question.text, question.system)
    if reply.finish_reason == "content_filter":
        return Filtered, "stopped the answer in its content filter; look at the image, or leave it out"
    if reply.refusal:
        return Refused, f"refuses: {quotation(reply.refusal, without=prompts)}"
    if reply.finish_reason == "length":
        limit = question.max_tokens * 2
        return (
            CutOff,
            f"did not finish within {limit} tokens, twice the limit; raise the limit, or switch reasoning off",
        )
    if _is_empty(text):
        return EmptyAnswer, "gave an empty answer, twice; look at the server's log"
    if _declines(text):
        return Refused, f"refuses: {quotation(text, without=prompts)}"
    return None


def _has_declined(reply: Reply) -> bool:
    return bool(reply.refusal) or reply.finish_reason == "content_filter"


def _is_empty(text: str) -> bool:
    return not text.strip() or text.strip().lower().rstrip(".!") in SENTINELS


def _declines(text: str) -> bool:
    return len(text) <= LONGEST_REFUSAL and REFUSAL.match(text.strip()) is not None


def _total(replies: Sequence[Reply]) -> Usage:
    return Usage(
        prompt_tokens=_sum([reply.usage.prompt_tokens for reply in replies]),
        completion_tokens=_sum([reply.usage.completion_tokens for reply in replies]),
        cached_tokens=_sum([reply.usage.cached_tokens for reply in replies]),
        image_tokens=_sum([reply.usage.image_tokens for reply in replies]),
    )


def _sum(amounts: Sequence[Amount | None]) -> Amount | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], known[0]) if len(known) == len(amounts) else None
