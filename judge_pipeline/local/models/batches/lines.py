"""Answers the lines of a batch with the code that answers live, and writes output and error lines."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from judge_pipeline.local.models.api.chat import Chat
from judge_pipeline.local.models.api.connection import ConnectionReset
from judge_pipeline.local.models.api.errors import ApiError
from judge_pipeline.local.models.api.faults import Fault

UNFINISHED = {
    "expired": ("batch_expired", "This request could not be executed before the completion window expired."),
    "cancelled": ("batch_cancelled", "This request was not executed because the batch was cancelled."),
}


@dataclass(frozen=True)
class Answer:
    """One line's outcome: an HTTP response, or an error without one; and the fault that it hit."""

    status: int | None
    body: dict[str, Any]
    fault: Fault | None = None

    @property
    def is_success(self) -> bool:
        """Whether it goes to the output file."""
        return self.status == 200

    @property
    def usage(self) -> tuple[int, int]:
        """Tokens of the prompt and of the answer."""
        usage = self.body.get("usage", {})
        return usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)


def answer_line(chat: Chat, body: dict[str, Any], wait: Callable[[float], None]) -> Answer:
    """Answer one request; `wait` is called for the delay of a fault."""
    fault = None
    try:
        request, fault = chat.receive(json.dumps(body).encode(), "batch")
        if fault is not None and fault.delay_seconds:
            wait(fault.delay_seconds)
        return Answer(200, chat.answer(request, fault), fault)
    except ApiError as error:
        return Answer(error.status, error.body, fault)
    except ConnectionReset:
        return Answer(None, {"code": "server_error", "message": "The model did not respond."}, fault)


class OutputFiles:
    """Appends lines to the output and error file of a batch."""

    def __init__(self, output: BinaryIO, errors: BinaryIO) -> None:
        self._output = output
        self._errors = errors

    def write(self, custom_id: str, answer: Answer) -> None:
        """Write an answer, altered if its fault says so."""
        kind = answer.fault.kind if answer.fault else None
        file = self._output if answer.is_success else self._errors
        text = _answered(custom_id, answer)
        match kind:
            case "line_missing":
                return
            case "line_malformed":
                text = text[: len(text) // 2]
            case "line_doubled":
                file.write(text + b"\n")
            case "line_unknown":
                file.write(_answered(f"unknown-{secrets.token_hex(8)}", answer) + b"\n")
        file.write(text + b"\n")

    def write_unfinished(self, custom_id: str, ended: str) -> None:
        """Write a line that was not answered because the batch expired or was cancelled."""
        code, message = UNFINISHED[ended]
        self._errors.write(_line(custom_id, None, {"code": code, "message": message}) + b"\n")


def _answered(custom_id: str, answer: Answer) -> bytes:
    if answer.status is None:
        return _line(custom_id, None, answer.body)
    response = {"status_code": answer.status, "request_id": uuid.uuid4().hex, "body": answer.body}
    return _line(custom_id, response, None)


def _line(custom_id: str, response: dict[str, Any] | None, error: dict[str, Any] | None) -> bytes:
    id_ = f"batch_req_{secrets.token_hex(12)}"
    return json.dumps({"id": id_, "custom_id": custom_id, "response": response, "error": error}).encode()
