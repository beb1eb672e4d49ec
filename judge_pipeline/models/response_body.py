"""What a server's response body says: JSON whatever its content type, the error in it, or in a few words what it is instead."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_BEGINNING = 100
"""Characters quoted of a body that is neither JSON nor a page."""

EVENT_STREAM = re.compile(r"\s*(?:data|event|id|retry)?:")
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)

MESSAGE_FIELDS = ("message", "msg", "detail", "error_msg", "error_message", "status_msg", "faultstring", "title", "raw")
CODE_FIELDS = ("code", "type", "error_type", "error_code", "status", "status_code", "reason", "reasons")
NESTED_FIELDS = (
    "error",
    "errors",
    "innererror",
    "details",
    "metadata",
    "base_resp",
    "fault",
    "detail",
    "message",
    "cause",
)
"""Where providers put the upstream's error, or the reason of their own."""

DEEPEST = 5
"""Levels of nesting: a gateway's error within a gateway's error has four."""


@dataclass(frozen=True, slots=True)
class NotJSON:
    """A body that is not JSON: `what` it is, for the middle of a sentence, and its `text` if it is plain text."""

    what: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as the server wrote it. `code` is its most specific code; `codes` are all, with the names of parameters."""

    message: str
    code: str
    codes: tuple[str, ...]

    @property
    def status(self) -> int | None:
        """The HTTP status among the codes, for an error that arrives with HTTP 200."""
        return next((int(code) for code in self.codes if re.fullmatch(r"[45]\d\d", code)), None)


def read_body(text: str) -> object:
    """The decoded JSON, or `NotJSON`. The content type is ignored: servers send JSON as text/plain or without one."""
    text = text.strip("\ufeff \t\r\n\0")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _not_json(text)


def describe_body(body: object) -> str:
    """What a decoded body is that should have been a JSON object, in a few words."""
    if isinstance(body, NotJSON):
        return body.what
    if isinstance(body, Mapping):
        return f"a JSON object with {', '.join(sorted(map(str, body))[:5]) or 'nothing in it'}"
    return "null" if body is None else f"JSON, but not an object: {json.dumps(body)[:LONGEST_BEGINNING]}"


def read_error(body: object) -> ErrorBody | None:
    """The error in a decoded body; None if it contains none.

    Known shapes: an `error` object or text (OpenAI and most others), a list of such (Google), the fields at the top level
    (vLLM, Mistral, DashScope), `detail` (FastAPI), `base_resp` (MiniMax), with the upstream's own error nested inside
    (OpenRouter's `metadata.raw`, Azure's `innererror`).
    """
    parts = list(_parts(body, depth=0))
    messages = list(dict.fromkeys(text for part in parts for text in _texts(part, MESSAGE_FIELDS)))
    codes = list(dict.fromkeys(code for part in parts for code in _texts(part, CODE_FIELDS)))
    params = [code for part in parts for code in _texts(part, ("param",))]
    if not messages and not codes:
        return None
    named = [code for code in codes if not code.isdigit()]
    return ErrorBody(": ".join(messages), (named or codes or [""])[0], (*codes, *params))


def has_error(body: object) -> bool:
    """Whether a body that arrived with HTTP 200 is an error instead of an answer."""
    if isinstance(body, list):
        return any(has_error(each) for each in body)
    if not isinstance(body, Mapping):
        return False
    if body.get("error") or body.get("errors") or body.get("object") == "error" or body.get("type") == "error":
        return True
    holds_answer = any(body.get(field) for field in ("choices", "data", "models", "id"))
    return not holds_answer and (
        any(body.get(field) for field in MESSAGE_FIELDS) or isinstance(body.get("base_resp"), Mapping)
    )


def _parts(value: object, *, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects that describe the error, the outermost first."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        value = read_body(value)
    if isinstance(value, list):
        for each in value:
            yield from _parts(each, depth=depth + 1)
    elif isinstance(value, Mapping) and depth <= DEEPEST:
        yield value
        for name in (*NESTED_FIELDS, "raw"):
            nested = value.get(name)
            if isinstance(nested, Mapping | list) or (name == "raw" and isinstance(nested, str)):
                yield from _parts(nested, depth=depth + 1)
    if depth == 0 and isinstance(value, str) and value:
        yield {"message": value}


def _texts(part: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[str]:
    names = (*fields, "error") if fields is MESSAGE_FIELDS else fields
    for name in names:
        values = part.get(name)
        for value in values if isinstance(values, list) else [values]:
            is_nested_json = isinstance(value, str) and name == "raw" and value.lstrip()[:1] in {"{", "["}
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "" and not is_nested_json:
                yield str(value)


def _not_json(text: str) -> NotJSON:
    if not text:
        return NotJSON("an empty body")
    if text.startswith("<"):
        title = TITLE.search(text)
        words = " ".join((title[1] if title else MARKUP.sub(" ", text)).split())[:LONGEST_BEGINNING]
        return NotJSON(f"a web page: {words}" if words else "a web page")
    if EVENT_STREAM.match(text):
        return NotJSON("an event stream, which was not asked for")
    return NotJSON(f"not JSON: {text[:LONGEST_BEGINNING]}", text)
