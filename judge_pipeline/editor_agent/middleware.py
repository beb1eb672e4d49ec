"""The guard before the routes: rejects cheaply whatever does not come from the editor or from Encord."""

import logging
import re
import time
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.errors import AgentError, HeadTooLarge, Unauthorized, Unavailable
from judge_pipeline.editor_agent.refusals import Refusals
from judge_pipeline.editor_agent.request_bodies import check_is_object, check_media_type, read_body, replay
from judge_pipeline.editor_agent.signatures import SIGNATURE_HEADER, AcceptedSignatures

MAX_HEADERS = 100
MAX_HEADER_BYTES = 16_384
"""A browser sends about 20 headers, of 1 kB together; with more than one server in front there may be a few more."""

HEALTH = "/health"
"""The one path that needs no key, for health checks."""

TEST_HEADERS = ("x-encord-editor-agent", "x-encord-agent")
"""Encord's test button sends one of them, with placeholder ids in the body."""

TRACE_HEADER = "x-cloud-trace-context"
TRACE = re.compile(r"[0-9a-fA-F]{8,64}")

MAY_BE_SENT_AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, *(each for each in HTTPStatus if each >= 500)}
"""Statuses of calls that had no effect and may have one later: Encord repeats them, with the same signature."""

JUNK = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
"""Statuses with which the routes answer junk."""

logger = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the routes. Passes complete bodies on; `state["is_signed"]` says whether Encord signed them."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._app = app
        self._policy = policy
        self._accepted = AcceptedSignatures()
        self._refusals = Refusals("rejected %d requests, the last with %d: %s")

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
        _check_head(scope["headers"])
        if scope["path"] != HEALTH:
            scope["path"] = self._policy.inner_path(scope["path"])
            scope["raw_path"] = scope["path"].encode()
        if scope["method"] != "POST":
            await self._app(scope, call.receive, call.send)
            return
        headers = Headers(scope=scope)
        self._policy.check_headers(headers)
        check_media_type(headers)
        body = await read_body(call.receive, headers)
        is_signed = self._policy.verify_signature(headers, body, now=time.time())
        if is_signed:
            self._remember(headers[SIGNATURE_HEADER])
        scope.setdefault("state", {})["is_signed"] = is_signed
        try:
            await self._answer(call, headers, body)
        finally:
            if is_signed and call.status in MAY_BE_SENT_AGAIN:
                self._accepted.discard(headers[SIGNATURE_HEADER])

    def _remember(self, signature: str) -> None:
        is_new = self._accepted.add(signature, now=time.time())
        if is_new is None:
            raise Unavailable("too many signed requests; try again in a few minutes", retry_after_seconds=60)
        if not is_new:
            raise Unauthorized("This signed request has been received before.")

    async def _answer(self, call: "_Call", headers: Headers, body: bytes) -> None:
        scope = call.scope
        if any(name in headers for name in TEST_HEADERS):
            await Response()(scope, call.receive, call.send)
            return
        check_is_object(body)
        began = time.perf_counter()
        await self._app(scope, replay(body, call.receive), call.send)
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


def _check_head(headers: Collection[tuple[bytes, bytes]]) -> None:
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        raise HeadTooLarge(f"the request has more than {MAX_HEADERS} headers or {MAX_HEADER_BYTES} bytes of them")


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
