"""The guard before the routes: whatever is not the editor's or Encord's gets no further, and costs next to nothing."""

import asyncio
import logging
import re
import time
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.errors import AgentError, NotFound, RequestTimedOut, TooLarge, WrongMediaType

MAX_BODY_BYTES = 16_384
"""Of a body: the editor's has 150 bytes, and 40 more for each object."""

BODY_SECONDS = 10.0

HEALTH = "/health"
"""The one path outside the key: for whoever watches over a container."""

TEST_HEADERS = ("x-encord-editor-agent", "x-encord-agent")
"""Encord's test button sends one of them, with a body about nothing."""

TRACE_HEADER = "x-cloud-trace-context"
TRACE = re.compile(r"[0-9a-fA-F]{8,64}")

UNREAD = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
"""What the routes say of calls that are none of theirs."""

REFUSALS_TOLD_EVERY_SECONDS = 60.0

logger = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the routes. What it lets through has been read whole; `state["is_signed"]` says what proves it."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._app = app
        self._policy = policy
        self._refusals = _Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what is refused, and passes the rest on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, receive, send)
        try:
            await self._pass(call)
        except AgentError as refusal:
            self._refusals.count(refusal.status, str(refusal))
            await answer_to(refusal)(scope, receive, send)

    async def _pass(self, call: "_Call") -> None:
        scope = call.scope
        if scope["path"] != HEALTH:
            scope["path"] = self._policy.inner_path(scope["path"])
            scope["raw_path"] = scope["path"].encode()
        if scope["method"] != "POST":
            await self._app(scope, call.receive, call.send)
            return
        headers = Headers(scope=scope)
        self._policy.admit_unread(headers)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise WrongMediaType("the body has to be application/json")
        body = await _body(call.receive, headers)
        scope.setdefault("state", {})["is_signed"] = self._policy.has_proof(headers, body, now=time.time())
        if any(name in headers for name in TEST_HEADERS):
            await Response()(scope, call.receive, call.send)
            return
        began = time.perf_counter()
        await self._app(scope, _read_again(body, call.receive), call.send)
        if call.status in UNREAD:
            self._refusals.count(call.status, "no call of the editor's")
            return
        trace = TRACE.match(headers.get(TRACE_HEADER, ""))
        logger.info(
            "POST %s %d in %.0f ms%s",
            getattr(scope.get("route"), "path", "elsewhere"),  # any other path may hold a key in the wrong place
            call.status,
            (time.perf_counter() - began) * 1000,
            f", trace {trace.group()}" if trace else "",
        )


def answer_to(error: AgentError) -> Response:
    """An error as the editor reads it."""
    headers = {} if error.retry_after_seconds is None else {"Retry-After": str(error.retry_after_seconds)}
    return JSONResponse({"message": str(error)}, status_code=error.status, headers=headers)


class _Call:
    """One request, and the status that it was answered with."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = dict(scope)
        self.receive = receive
        self.status: int = HTTPStatus.INTERNAL_SERVER_ERROR
        self._send = send

    async def send(self, message: Message) -> None:
        """Passes the answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


@dataclass(slots=True)
class _Refusals:
    """How many calls were refused: told at once, then at most once a minute, so that junk does not fill the log."""

    counted: int = 0
    told_at: float = float("-inf")

    def count(self, status: int, why: str) -> None:
        """Counts one; what was asked for is never told, a path may be half of a key."""
        self.counted += 1
        now = time.monotonic()
        if now - self.told_at >= REFUSALS_TOLD_EVERY_SECONDS:
            logger.warning("%d calls refused, the last with %d: %s", self.counted, status, why)
            self.counted, self.told_at = 0, now


async def _body(receive: Receive, headers: Headers) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it is larger than any of the editor's. RequestTimedOut: it does not come. NotFound: nobody is there any more.
    """
    too_large = TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    length = headers.get("content-length", "")
    if (
        length.isascii()
        and length.isdigit()
        and (len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES)
    ):
        raise too_large
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise NotFound("the caller is gone")
                received += message.get("body", b"")
                if len(received) > MAX_BODY_BYTES:
                    raise too_large
                if not message.get("more_body"):
                    return bytes(received)
    except TimeoutError:
        raise RequestTimedOut(f"the body did not come within {BODY_SECONDS:.0f} s") from None


def _read_again(body: bytes, receive: Receive) -> Receive:
    """What was read, once more; then whatever comes after it."""
    parts = [body]

    async def receive_again() -> Message:
        return {"type": "http.request", "body": parts.pop(), "more_body": False} if parts else await receive()

    return receive_again
