"""Who may talk to the page: a browser on this machine that has the link, and no other site through that browser."""

from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import compare_digest, token_urlsafe

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
"""A page instead of a redirect: with a redirect from another site, the browser would not send the strict cookie."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """256 bits each: the token in the link, and the cookie that the browser gets in exchange for it."""

    token: str = field(default_factory=lambda: token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: token_urlsafe(32), repr=False)


class Guard:
    """ASGI middleware in front of everything. `port` is the port in the browser's address."""

    def __init__(self, app: ASGIApp, *, port: int, secrets: Secrets) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie_name = (
            f"judge_pipeline_review_{port}"  # cookies are shared by all ports, so each server uses its own name
        )
        self._secrets = secrets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses, or answers the link itself, or passes the request on."""
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
        # DNS rebinding: a foreign host name that points at this machine.
        if host not in self._hosts:
            return _refused(
                HTTPStatus.MISDIRECTED_REQUEST, "open this server as 127.0.0.1, not under another host name"
            )
        if scope["path"].startswith("/enter/"):
            return self._entry(scope["path"].removeprefix("/enter/"))
        if not self._has_cookie(headers):
            return _refused(HTTPStatus.FORBIDDEN, "open the link that `judge-pipeline review` printed")
        if scope["method"] in {"GET", "HEAD"}:
            return None
        if headers.get("origin") != f"http://{host}" or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refused(HTTPStatus.FORBIDDEN, "only this review's own page may send answers")
        if headers.get("content-type") != "application/json":
            return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
        length = headers.get("content-length", "")
        if not (length.isdecimal() and int(length) <= LARGEST_BODY):
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {LARGEST_BODY} bytes")
        return None

    def _entry(self, token: str) -> Response:
        if not compare_digest(token.encode(), self._secrets.token.encode()):
            return _refused(
                HTTPStatus.FORBIDDEN, "this link belongs to another review; open the one that was printed last"
            )
        answer = HTMLResponse(ENTERING)
        answer.set_cookie(self._cookie_name, self._secrets.cookie, httponly=True, samesite="strict", path="/")
        return answer

    def _has_cookie(self, headers: Headers) -> bool:
        cookies = cookie_parser(headers.get("cookie", ""))
        return compare_digest(cookies.get(self._cookie_name, "").encode(), self._secrets.cookie.encode())


def _refused(status: HTTPStatus, message: str) -> Response:
    return JSONResponse({"error": "refused", "message": message}, status_code=status)
