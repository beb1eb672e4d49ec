"""A model server with a fixed latency: each caption is a sentence of its own, each judge's form is filled in with its first choices.

`python -m benchmarks.stub_models --latency 1.0` prints its address. `GET /stats` counts, `DELETE /stats` resets the counters.
"""

import argparse
import asyncio
import json
import socket
import time
import zlib
from collections import Counter, deque
from typing import Any

import uvicorn

MODELS = ("small", "large", "judge")


class FixedLatency:
    """The ASGI app. Faults are shares of the calls: 429s (with Retry-After) and 500s, spread evenly."""

    def __init__(self, latency_seconds: float, *, share_429: float = 0.0, share_500: float = 0.0) -> None:
        self._latency_seconds = latency_seconds
        self._shares = {429: share_429, 500: share_500}
        self._owed = {429: 0.0, 500: 0.0}
        self._reset()

    def _reset(self) -> None:
        self._calls = self._answered = self._in_flight = self._most = 0
        self._of_model: Counter[str] = Counter()
        self._most_of_model = self._most_a_minute = 0
        self._last_minute: dict[str, deque[float]] = {}
        self._first_call_at = self._last_answer_at = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] == "/stats":
            stats = {
                "calls": self._calls,
                "answered": self._answered,
                "most_in_flight": self._most,
                "most_in_flight_of_a_model": self._most_of_model,
                "most_a_minute_of_a_model": self._most_a_minute,
                "first_call_at": self._first_call_at,
                "last_answer_at": self._last_answer_at,
            }
            if scope["method"] == "DELETE":
                self._reset()
            await _respond(send, 200, stats)
        elif scope["path"] == "/v1/models":
            await _respond(send, 200, {"object": "list", "data": [{"id": model} for model in MODELS]})
        else:
            await self._answer(json.loads(body), send, number=zlib.crc32(body))

    async def _answer(self, asked: dict[str, Any], send: Any, *, number: int) -> None:
        self._calls += 1
        self._first_call_at = self._first_call_at or time.time()
        self._note_time(asked["model"])
        for status, share in self._shares.items():
            self._owed[status] += share
            if self._owed[status] >= 1:
                self._owed[status] -= 1
                await _respond(send, status, {"error": {"message": "as ordered"}}, retry_after=0.5)
                return
        model = asked["model"]
        self._in_flight += 1
        self._of_model[model] += 1
        self._most = max(self._most, self._in_flight)
        self._most_of_model = max(self._most_of_model, self._of_model[model])
        await asyncio.sleep(self._latency_seconds)
        self._in_flight -= 1
        self._of_model[model] -= 1
        self._answered += 1
        self._last_answer_at = time.time()
        schema = asked.get("response_format", {}).get("json_schema", {}).get("schema")
        text = json.dumps(_filled(schema)) if schema else f"Picture {number} as the {asked['model']} model sees it."
        await _respond(
            send,
            200,
            {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": asked["model"],
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
                "usage": {"prompt_tokens": 800, "completion_tokens": 30, "total_tokens": 830},
            },
        )

    def _note_time(self, model: str) -> None:
        """Counts the calls of a model in the sixty seconds that end now."""
        now, recent = time.monotonic(), self._last_minute.setdefault(model, deque())
        recent.append(now)
        while recent[0] <= now - 60:
            recent.popleft()
        self._most_a_minute = max(self._most_a_minute, len(recent))


def _filled(schema: dict[str, Any]) -> Any:
    """A valid answer to a JSON Schema of the judge's kind."""
    if "anyOf" in schema:
        return _filled(schema["anyOf"][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _filled(inner) for name, inner in schema["properties"].items()}
        case "array":
            return [_filled(schema["items"])]
        case "boolean":
            return True
        case "number" | "integer":
            return schema.get("minimum", 1)
        case _:
            return "Say what is in the foreground."


async def _respond(send: Any, status: int, content: Any, *, retry_after: float | None = None) -> None:
    headers = [(b"content-type", b"application/json")]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--share-429", type=float, default=0.0)
    parser.add_argument("--share-500", type=float, default=0.0)
    given = parser.parse_args()
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    app = FixedLatency(given.latency, share_429=given.share_429, share_500=given.share_500)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run(sockets=[listening])


if __name__ == "__main__":
    main()
