"""A chat completion as servers send it, read leniently: a missing field or an unexpected type counts as not reported."""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import exp, isnan
from typing import Any

from judge_pipeline.domain.choice_probability import Token
from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.exchange import Failure, Outcome, Reply
from judge_pipeline.models.response_body import ErrorBody, describe_body, has_error, read_error

Part = Mapping[str, Any]

THINKING = re.compile(r"think|reason|thought")
"""The types of the parts of a message that are not its answer: `thinking`, `redacted_thinking`, `reasoning`, …"""

TEXT_FIELDS = ("text", "thinking", "reasoning", "summary", "content", "value")
"""Where a part has its text, or parts of its own."""


NOT_AN_ENDPOINT = re.compile(
    r"unexpected endpoint|(?:unknown|invalid|no such) (?:endpoint|url|path|route)|not found|no route|method not allowed"
)
STATUS_BY_WORDS = (
    (404, NOT_AN_ENDPOINT),
    (401, re.compile(r"authenticat|unauthori[sz]ed|invalid.{0,20}api.?key")),
    (403, re.compile(r"permission_error|permission denied|forbidden")),
    (429, re.compile(r"rate.?limit|too many requests|throttl|insufficient_quota")),
    (529, re.compile(r"overloaded")),
    (400, re.compile(r"invalid.?(?:request|argument|param)|badrequest|bad_request")),
)
"""The HTTP status that an error in an answer with HTTP 200 would have had; 502 for any other."""


def read_completion(completion: object, *, seconds: float) -> Outcome:
    """The reply in a decoded body, from its first choice; `seconds` is the round trip."""
    part = _part(completion)
    choices = [_part(choice) for choice in _list(part.get("choices"))]
    for body in (completion, *({"error": choice.get("error")} for choice in choices)):
        if failure := reported_failure(body):
            return failure
    if not isinstance(part.get("choices"), list):
        return Failure(status=200, message=describe_body(completion), is_unreadable=True)
    choice: Part = choices[0] if choices else {}
    message, usage = _part(choice.get("message")), _part(part.get("usage"))
    content = message.get("content")
    return Reply(
        text=_content(content),
        reasoning=_text(message.get("reasoning_content")) or _text(message.get("reasoning")) or _thinking(content),
        refusal=_text(message.get("refusal")) or _refusal(content),
        finish_reason=_name(choice.get("finish_reason")),
        model=_text(part.get("model")),
        usage=_tokens(usage),
        seconds=seconds,
        cost_usd=_cost_usd(usage),
        tokens=tuple(map(_token, _list(_part(choice.get("logprobs")).get("content")))),
    )


def reported_failure(body: object) -> Failure | None:
    """The error that a server reports with HTTP 200, as the failure it would have been with the right status."""
    if not has_error(body):
        return None
    error = read_error(body) or ErrorBody("", "", ())
    failure = Failure(
        status=error.status, message=error.message, code=error.code, codes=error.codes, has_status_of_body=True
    )
    if failure.status is None:
        words = failure.error_text
        failure = replace(failure, status=next((code for code, known in STATUS_BY_WORDS if known.search(words)), 502))
    return failure


def _content(content: object) -> str:
    """The answer in a message's content, which is a text or a list of parts; thinking and refusals are left out."""
    return "".join(
        _content_text(part)
        for part in _parts(content)
        if not _is_thinking(part) and _part(part).get("type") != "refusal"
    )


def _thinking(content: object) -> str:
    return "".join(_content_text(part) for part in _parts(content) if _is_thinking(part))


def _refusal(content: object) -> str:
    return "".join(_text(_part(part).get("refusal")) for part in _parts(content))


def _parts(content: object) -> list[object]:
    return content if isinstance(content, list) else [content]


def _is_thinking(part: object) -> bool:
    part = _part(part)
    return bool(part.get("thought")) or THINKING.search(_text(part.get("type"))) is not None


def _content_text(part: object) -> str:
    """The text of one part: plain, under `text` or a like name, or in parts of its own."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_content_text, part))
    inner = next((value for name in TEXT_FIELDS if (value := _part(part).get(name))), None)
    return _content_text(inner) if inner else ""


def _tokens(usage: Part) -> Usage:
    """Some servers report how many of the prompt's tokens were cached, a few how many were the image's."""
    details = _part(usage.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
        image_tokens=_count(details.get("image_tokens")),
    )


def _token(entry: object) -> Token:
    """A token's log-probability, and those of the likeliest in its place; one without a number has none."""
    entries = [entry, *_list(_part(entry).get("top_logprobs"))]
    known = {
        _text(_part(each).get("token")): exp(min(logprob, 0.0))
        for each in entries
        if isinstance(logprob := _part(each).get("logprob"), int | float) and not isnan(logprob)
    }
    return Token(_text(_part(entry).get("token")), known)


def _cost_usd(usage: Part) -> float | None:
    """What OpenRouter bills, in credits of one dollar; with the user's own provider key it bills only its fee."""
    amounts = [usage.get("cost")]
    if usage.get("is_byok") and isinstance(details := usage.get("cost_details"), Mapping):
        amounts.append(details.get("upstream_inference_cost"))
    known = [float(amount) for amount in amounts if isinstance(amount, int | float) and 0 <= amount < float("inf")]
    return sum(known) if len(known) == len(amounts) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(value: object) -> str:
    """A name that is not a text is kept as one, so that it is not taken for none."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def _part(value: object) -> Part:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
