"""The guard before the routes: rejects cheaply whatever does not come from the editor or from Encord."""

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
"""The editor's body has 150 bytes, and 40 more for each object."""

BODY_SECONDS = 10.0

HEALTH = "/health"
"""The one path that needs no key, for health checks."""

TEST_HEADERS = ("x-encord-editor-agent", "x-encord-agent")
"""Encord's test button sends one of them, with placeholder ids in the body."""

TRACE_HEADER = "x-cloud-trace-context"
TRACE = re.compile(r"[0-9a-fA-F]{8,64}")

JUNK = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
"""Statuses with which the routes answer junk."""

REFUSALS_LOGGED_EVERY_SECONDS = 60.0

logger = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the routes. Passes complete bodies on; `state["is_signed"]` says whether Encord signed them."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._app = app
        self._policy = policy
        self._refusals = _Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rejects a request, or passes it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, receive, send)
        try:
            await self._pass(call)
        except AgentError as refusal:
            self._refusals.count(refusal.status, str(refusal))
            await error_response(refusal)(scope, receive, send)

    async def _pass(self, call: "_Call") -> None:
        scope = call.scope
        if scope["path"] != HEALTH:
            scope["path"] = self._policy.inner_path(scope["path"])
            scope["raw_path"] = scope["path"].encode()
        if scope["method"] != "POST":
            await self._app(scope, call.receive, call.send)
            return
        headers = Headers(scope=scope)
        self._policy.check_headers(headers)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise WrongMediaType("the body must be application/json")
        body = await _body(call.receive, headers)
        scope.setdefault("state", {})["is_signed"] = self._policy.verify_signature(headers, body, now=time.time())
        if any(name in headers for name in TEST_HEADERS):
            await Response()(scope, call.receive, call.send)
            return
        began = time.perf_counter()
        await self._app(scope, _replay(body, call.receive), call.send)
        if call.status in JUNK:
            self._refusals.count(call.status, "not a request of the editor")
            return
        trace = TRACE.match(headers.get(TRACE_HEADER, ""))
        logger.info(
            "POST %s %d in %.0f ms%s",
            getattr(scope.get("route"), "path", "unknown route"),  # an unknown path may contain a misplaced key
            call.status,
            (time.perf_counter() - began) * 1000,
            f", trace {trace.group()}" if trace else "",
        )


def error_response(error: AgentError) -> Response:
    """An error as the editor reads it."""
    headers = {} if error.retry_after_seconds is None else {"Retry-After": str(error.retry_after_seconds)}
    return JSONResponse({"message": str(error)}, status_code=error.status, headers=headers)


class _Call:
    """One request and the status of its response."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = dict(scope)
        self.receive = receive
        self.status: int = HTTPStatus.INTERNAL_SERVER_ERROR
        self._send = send

    async def send(self, message: Message) -> None:
        """Passes the response on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


@dataclass(slots=True)
class _Refusals:
    """The number of rejected requests: logged at once, then at most once a minute, so that junk does not flood the log."""

    counted: int = 0
    logged_at: float = float("-inf")

    def count(self, status: int, reason: str) -> None:
        """Counts one; its path is never logged, since it may contain part of a key."""
        self.counted += 1
        now = time.monotonic()
        if now - self.logged_at >= REFUSALS_LOGGED_EVERY_SECONDS:
            logger.warning("rejected %d requests, the last with %d: %s", self.counted, status, reason)
            self.counted, self.logged_at = 0, now


async def _body(receive: Receive, headers: Headers) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it is larger than any of the editor's. RequestTimedOut: it did not arrive. NotFound: the caller hung up.
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
                    raise NotFound("the caller disconnected")
                received += message.get("body", b"")
                if len(received) > MAX_BODY_BYTES:
                    raise too_large
                if not message.get("more_body"):
                    return bytes(received)
    except TimeoutError:
        raise RequestTimedOut(f"the body did not arrive within {BODY_SECONDS:.0f} s") from None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Receives the body again, then whatever follows it."""
    parts = [body]

    async def receive_again() -> Message:
        return {"type": "http.request", "body": parts.pop(), "more_body": False} if parts else await receive()

    return receive_again
