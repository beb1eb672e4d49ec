"""A chat completions server that answers as it was told, in the order it was told, and keeps what it was asked."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass
class Told:
    """One response: a JSON body, or text, or a body cut off after `cut_after` bytes."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    delay_seconds: float = 0.0


def completion(
    content: str | None = "A cat.", *, finish_reason: str = "stop", usage: Any = USAGE, **message: Any
) -> Told:
    choice = {
        "index": 0,
        "finish_reason": finish_reason,
        "message": {"role": "assistant", "content": content, **message},
    }
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-2026",
        "choices": [choice],
        "usage": usage,
    }
    return Told(body)


def failure(status: int, message: str = "no", *, headers: dict[str, str] | None = None, **error: Any) -> Told:
    return Told({"error": {"message": message, **error}}, status=status, headers=headers or {})


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: Any


class StubServer:
    """The ASGI app. What is told first is answered first; with nothing left to say it answers "A cat."."""

    def __init__(self) -> None:
        self.told: deque[Told] = deque()
        self.rule: Callable[[Asked], Told | None] = lambda asked: None
        self.models: Told = Told({"object": "list", "data": [{"id": "stub"}]})
        self.asked: list[Asked] = []
        self.now = self.most_at_once = 0

    @property
    def bodies(self) -> list[Any]:
        return [asked.body for asked in self.asked if asked.path.endswith("/chat/completions")]

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            return
        content = b""
        while (part := await receive()).get("more_body"):
            content += part["body"]
        content += part.get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        asked = Asked(scope["path"], headers, json.loads(content) if content else None)
        self.asked.append(asked)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            told = self._answer(asked)
            await asyncio.sleep(told.delay_seconds)
            await _send(told, send)
        finally:
            self.now -= 1

    def _answer(self, asked: Asked) -> Told:
        if asked.path == "/v1/models":
            return self.models
        if asked.path != "/v1/chat/completions":
            return Told({"detail": "Not Found"}, status=404)
        return self.rule(asked) or (self.told.popleft() if self.told else completion())


async def _send(told: Told, send: Callable[[Message], Awaitable[None]]) -> None:
    is_text = isinstance(told.body, str)
    body = told.body.encode() if is_text else json.dumps(told.body).encode()
    headers = {
        "content-type": "text/html" if is_text else "application/json",
        **told.headers,
        "content-length": str(len(body)),
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": told.status, "headers": raw})
    if told.cut_after is not None:
        await send({"type": "http.response.body", "body": body[: told.cut_after], "more_body": True})
        raise ConnectionAbortedError  # the server closes the connection on the client
    await send({"type": "http.response.body", "body": body})
