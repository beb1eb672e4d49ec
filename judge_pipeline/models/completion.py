"""A chat completion as servers send it, read leniently: a missing field or an unexpected type counts as not reported."""

from collections.abc import Mapping
from typing import Any

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.exchange import Failure, Outcome, Reply

Part = Mapping[str, Any]


def read_completion(completion: object, *, seconds: float) -> Outcome:
    """The reply in a decoded body, from its first choice; `seconds` is the round trip."""
    if not isinstance(completion, Mapping):
        return Failure(status=404, message="the answer is not a chat completion")
    choices = [_part(choice) for choice in _list(completion.get("choices"))]
    if failure := _reported_failure([completion, *choices]):
        return failure
    choice: Part = choices[0] if choices else {}
    message, usage = _part(choice.get("message")), _part(completion.get("usage"))
    return Reply(
        text=_text(message.get("content")),
        reasoning=_text(message.get("reasoning_content")) or _text(message.get("reasoning")),
        refusal=_text(message.get("refusal")),
        finish_reason=_text(choice.get("finish_reason")),
        model=_text(completion.get("model")),
        usage=_tokens(usage),
        seconds=seconds,
        cost_usd=_cost_usd(usage),
    )


def _reported_failure(parts: list[Part]) -> Failure | None:
    """The failure of the provider behind OpenRouter, which it reports with HTTP 200."""
    error = next((part["error"] for part in parts if isinstance(part.get("error"), Mapping)), None)
    if error is None:
        return None
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 502
    return Failure(status=status, message=_text(error.get("message")), code=str(code or ""))


def _tokens(usage: Part) -> Usage:
    """Some servers report how many of the prompt's tokens were cached, a few how many were the image's."""
    details = _part(usage.get("prompt_tokens_details"))
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
        image_tokens=_count(details.get("image_tokens")),
    )


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


def _part(value: object) -> Part:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
