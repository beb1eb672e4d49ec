"""A chat completions server with scripted replies, which records its requests."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from math import log
from typing import Any

Message = MutableMapping[str, Any]

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass
class StubReply:
    """One response: a JSON body, or text, or a body cut off after `cut_after` bytes."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    delay_seconds: float = 0.0


def completion(
    content: str | None = "A cat.", *, finish_reason: str = "stop", usage: Any = USAGE, **message: Any
) -> StubReply:
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
    return StubReply(body)


def completion_with_logprobs(content: str, option: str, other: str, probability: float) -> StubReply:
    """An answer that ends in `option`, whose last character is a token of its own, chosen with this probability against `other`."""
    before, last, after = content.rpartition(option)
    likeliest = [
        {"token": name[-1], "logprob": log(p)} for name, p in ((option, probability), (other, 1 - probability))
    ]
    tokens = [before + last[:-1], last[-1], after]
    reply = completion(content)
    reply.body["choices"][0]["logprobs"] = {
        "content": [{"token": text, "logprob": 0.0, "top_logprobs": likeliest * (text == last[-1])} for text in tokens]
    }
    return reply


def failure(status: int, message: str = "no", *, headers: dict[str, str] | None = None, **error: Any) -> StubReply:
    return StubReply({"error": {"message": message, **error}}, status=status, headers=headers or {})


@dataclass
class StubRequest:
    path: str
    headers: dict[str, str]
    body: Any


class StubServer:
    """The ASGI app. It sends `replies` in order, and "A cat." when there are none left."""

    def __init__(self) -> None:
        self.replies: deque[StubReply] = deque()
        self.rule: Callable[[StubRequest], StubReply | None] = lambda request: None
        self.models: StubReply = StubReply({"object": "list", "data": [{"id": "stub"}]})
        self.requests: list[StubRequest] = []
        self.now = self.most_at_once = 0

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.requests if request.path.endswith("/chat/completions")]

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
        request = StubRequest(scope["path"], headers, json.loads(content) if content else None)
        self.requests.append(request)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            reply = self._reply(request)
            await asyncio.sleep(reply.delay_seconds)
            await _send(reply, send)
        finally:
            self.now -= 1

    def _reply(self, request: StubRequest) -> StubReply:
        if request.path == "/v1/models":
            return self.models
        if request.path != "/v1/chat/completions":
            return StubReply({"detail": "Not Found"}, status=404)
        return self.rule(request) or (self.replies.popleft() if self.replies else completion())


async def _send(reply: StubReply, send: Callable[[Message], Awaitable[None]]) -> None:
    is_text = isinstance(reply.body, str)
    body = reply.body.encode() if is_text else json.dumps(reply.body).encode()
    headers = {
        "content-type": "text/html" if is_text else "application/json",
        **reply.headers,
        "content-length": str(len(body)),
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    if reply.cut_after is not None:
        await send({"type": "http.response.body", "body": body[: reply.cut_after], "more_body": True})
        raise ConnectionAbortedError  # the server closes the connection on the client
    await send({"type": "http.response.body", "body": body})
