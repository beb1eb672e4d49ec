"""Checks the input file of a batch, line by line."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge_pipeline.local.models.api.chat_request import read_chat_request
from judge_pipeline.local.models.api.errors import ApiError

MAX_ERRORS = 1000
CHARACTERS_PER_TOKEN = 4
TOKENS_PER_IMAGE = 256
"""What is enqueued is only estimated: no picture is decoded for it."""


@dataclass
class Checked:
    """What the file holds: where its lines begin, the model that they ask, and what is wrong."""

    offsets: array[int] = field(default_factory=lambda: array("q"))
    model: str | None = None
    tokens: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, code: str, message: str, *, line: int | None = None, param: str | None = None) -> None:
        """Note an error; a file may have as many as lines, so only the first ones are kept."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.append({"code": code, "line": line, "message": message, "param": param})


class LineError(Exception):
    """A line that makes its batch fail."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def check_input(path: Path, *, endpoint: str, models: Mapping[str, Any], max_requests: int, tokens: bool) -> Checked:
    """Check a whole file in one pass; `tokens` asks for their estimate, which takes time."""
    checked = Checked()
    seen: set[str] = set()
    with path.open("rb") as file:
        offset = 0
        for number, content in enumerate(file, start=1):
            if content.strip():
                checked.offsets.append(offset)
                try:
                    body = _check_line(content, endpoint, seen, checked, models)
                    checked.tokens += _tokens(body) if tokens else 0
                except LineError as error:
                    checked.refuse(error.code, str(error), line=number, param=error.param)
            offset += len(content)
    if not checked.offsets:
        checked.refuse("empty_file", "The input file is empty.")
    if len(checked.offsets) > max_requests:
        message = (
            f"The batch input file contains {len(checked.offsets)} requests, which exceeds the limit of {max_requests}."
        )
        checked.refuse("too_many_tasks", message)
    return checked


def read_line(content: bytes) -> dict[str, Any]:
    """Parse a line into an object.

    Raises:
        LineError: it is not one.
    """
    try:
        line = json.loads(content)
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict):
        raise LineError("invalid_json_line", "This line is not parseable as valid JSON.")
    return line


def _check_line(
    content: bytes, endpoint: str, seen: set[str], checked: Checked, models: Mapping[str, Any]
) -> dict[str, Any]:
    line = read_line(content)
    for name, kind in (("custom_id", str), ("method", str), ("url", str), ("body", dict)):
        if not line.get(name):
            raise LineError("missing_required_parameter", f"Missing required parameter: '{name}'.", name)
        if not isinstance(line[name], kind):
            raise LineError("invalid_type", f"Invalid type for '{name}': expected {kind.__name__}.", name)
    if line["custom_id"] in seen:
        raise LineError(
            "duplicate_custom_id",
            "The custom_id for this request is a duplicate of another request. "
            "The custom_id parameter must be unique for each request in a batch.",
            "custom_id",
        )
    seen.add(line["custom_id"])
    if line["method"] != "POST":
        raise LineError("invalid_method", f"Invalid method '{line['method']}': expected POST.", "method")
    if line["url"] != endpoint:
        raise LineError("invalid_url", "The URL provided for this request does not match the batch endpoint.", "url")
    body: dict[str, Any] = line["body"]
    _check_model(body.get("model"), checked, models)
    return body


def _check_model(model: Any, checked: Checked, models: Mapping[str, Any]) -> None:
    if not isinstance(model, str):
        raise LineError("missing_required_parameter", "Missing required parameter: 'model'.", "body.model")
    if model not in models:
        raise LineError(
            "model_not_found", f"The provided model '{model}' is not supported by the Batch API.", "body.model"
        )
    checked.model = checked.model or model
    if model != checked.model:
        raise LineError(
            "mismatched_model",
            f"The model '{model}' of this request does not match the model '{checked.model}' of the first one.",
            "body.model",
        )


def _tokens(body: dict[str, Any]) -> int:
    try:
        request = read_chat_request(json.dumps(body).encode())
    except ApiError:
        return 0  # its line will be answered with this error
    return len(request.text) // CHARACTERS_PER_TOKEN + TOKENS_PER_IMAGE * len(request.image_uris)
