"""An outcome of a question as JSON, for the store: what is read equals what was saved."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from judge_pipeline.models.exchange import Failure, Outcome, Reply

_reply = TypeAdapter(Reply)
_failure = TypeAdapter(Failure)


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Under `reply` or `failure`."""
    if isinstance(outcome, Reply):
        return {"reply": _reply.dump_python(outcome)}
    return {"failure": _failure.dump_python(outcome)}


def outcome_from_json(stored: Mapping[str, Any]) -> Outcome:
    """The outcome that `outcome_to_json` has stored."""
    if "reply" in stored:
        return _reply.validate_python(stored["reply"], strict=False)
    return _failure.validate_python(stored["failure"], strict=False)
