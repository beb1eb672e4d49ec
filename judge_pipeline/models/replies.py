"""Replies as answers, as a reason to ask a second time, or as errors."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from judge_pipeline.domain.answer_text import answer_text
from judge_pipeline.domain.caption_text import caption_text, says_nothing
from judge_pipeline.domain.choice_probability import choice_probability
from judge_pipeline.domain.model_answer import ModelAnswer, Question, Usage
from judge_pipeline.domain.refusals.detection import declines
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import CutOff, EmptyAnswer, Filtered, Refused, Unanswered, quotation
from judge_pipeline.models.exchange import Reply
from judge_pipeline.models.finish_reason import Finish, finish_of

Amount = TypeVar("Amount", int, float)

SENTINELS = {"failed to get resp", "failed to get response", "null", "none"}
"""What gateways send in place of an answer they did not get."""


def text_of(reply: Reply, question: Question) -> str:
    """The answer's text, as received.

    A server with a reasoning parser may put JSON into the reasoning; prose there is not an answer.
    """
    if question.schema is None or answer_text(reply.text):
        return reply.text
    return reply.reasoning or reply.text


def second_try(question: Question, reply: Reply) -> Question | None:
    """What to ask after an answer that was cut off (with twice the tokens if it was too long) or empty; None if it is complete."""
    finish = finish_of(reply.finish_reason)
    if reply.refusal or finish in {Finish.FILTERED, Finish.DECLINED}:
        return None
    if finish is Finish.TOO_LONG:
        return replace(question, max_tokens=question.max_tokens * 2)
    return question if finish is Finish.CUT_OFF or _is_empty(text_of(reply, question), question) else None


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
        choice_probability=_choice_probability(last, question) if endpoint.logprobs else None,
    )


def _choice_probability(reply: Reply, question: Question) -> float | None:
    if not (reply.tokens and question.choice_key and question.schema):
        return None
    options = question.schema["properties"][question.choice_key]["enum"]
    return choice_probability(reply.tokens, question.choice_key, options)


def _error(reply: Reply, *, text: str, question: Question) -> tuple[type[Unanswered], str] | None:
    prompts = (question.text, question.system)
    finish = finish_of(reply.finish_reason)
    named = f"finish_reason {quotation(reply.finish_reason)!r}"
    if finish is Finish.FILTERED:
        by = "" if reply.finish_reason == "content_filter" else f" ({named})"
        return Filtered, f"stopped the answer in its content filter{by}; look at the image, or leave it out"
    if reply.refusal:
        return Refused, f"refuses: {quotation(reply.refusal, without=prompts)}"
    if finish is Finish.DECLINED:
        return Refused, f"refuses ({named}): {quotation(text, without=prompts) or 'without a word'}"
    if finish is Finish.TOO_LONG:
        limit = question.max_tokens * 2
        return (
            CutOff,
            f"did not finish within {limit} tokens, twice the limit; raise the limit, or switch reasoning off",
        )
    if finish is Finish.CUT_OFF:
        return (
            CutOff,
            f"did not finish its answer, twice ({named}); look at the server's log, or at its limit of tokens",
        )
    if _is_empty(text, question):
        return EmptyAnswer, "gave an empty answer, twice; look at the server's log"
    if _declines(text, question):
        return Refused, f"refuses: {quotation(text, without=prompts)}"
    return None


def _is_empty(text: str, question: Question) -> bool:
    answer = answer_text(text)
    if not answer or answer.lower().rstrip(".!") in SENTINELS:
        return True
    return question.schema is None and says_nothing(caption_text(answer))


def _declines(text: str, question: Question) -> bool:
    """A judge that answers has braces somewhere."""
    answer = answer_text(text)
    if question.schema is not None:
        return "{" not in answer and declines(answer)
    return declines(caption_text(answer))


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
