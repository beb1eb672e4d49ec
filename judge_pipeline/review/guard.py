"""Who may talk to the page: a browser of this machine that was given the link, and no other site through it."""

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 4096

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

ENTERING = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">
<title>Review</title><p><a href="/">To the review</a></p></html>"""
"""A page instead of a redirect: a link that another site shows would carry its origin along, and the cookie would stay away."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """256 bits each: the token in the link that is handed out, and the cookie that the browser gets for it."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class Guard:
    """ASGI middleware in front of everything. `port` is where the browser finds the server."""

    def __init__(self, app: ASGIApp, *, port: int, given: Secrets) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie_name = f"judge_pipeline_review_{port}"  # cookies know no ports, so each server names its own
        self._given = given

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what is refused and the link itself; passes everything else on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._refusal_or_entry(scope) or self._app
        await answer(scope, receive, send_guarded)

    def _refusal_or_entry(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        # Another name was pointed at this machine in order to get past the same-origin policy.
        if host not in self._hosts:
            return _refused(HTTPStatus.MISDIRECTED_REQUEST, "this server is known as 127.0.0.1 alone")
        if scope["path"].startswith("/enter/"):
            return self._entry(scope["path"].removeprefix("/enter/"))
        if not self._has_cookie(headers):
            return _refused(HTTPStatus.FORBIDDEN, "open the link that `judge-pipeline review` has printed")
        if scope["method"] in {"GET", "HEAD"}:
            return None
        if headers.get("origin") != f"http://{host}" or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refused(HTTPStatus.FORBIDDEN, "only this review's own page may answer")
        if headers.get("content-type") != "application/json":
            return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
        length = headers.get("content-length", "")
        if not (length.isdecimal() and int(length) <= LARGEST_BODY):
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {LARGEST_BODY} bytes")
        return None

    def _entry(self, token: str) -> Response:
        if not secrets.compare_digest(token.encode(), self._given.token.encode()):
            return _refused(HTTPStatus.FORBIDDEN, "this link is of another review; open the one that was printed last")
        answer = HTMLResponse(ENTERING)
        answer.set_cookie(self._cookie_name, self._given.cookie, httponly=True, samesite="strict", path="/")
        return answer

    def _has_cookie(self, headers: Headers) -> bool:
        cookies = cookie_parser(headers.get("cookie", ""))
        return secrets.compare_digest(cookies.get(self._cookie_name, "").encode(), self._given.cookie.encode())


def _refused(status: HTTPStatus, message: str) -> Response:
    return JSONResponse({"error": "refused", "message": message}, status_code=status)
