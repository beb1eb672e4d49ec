"""What all pages share: they are served on loopback only, run no script except the agents' buttons, and show errors as HTML."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from judge_pipeline.local.encord.editor.rendering import render
from judge_pipeline.local.encord.errors import NotFound, Refusal
from judge_pipeline.local.encord.loopback import require_loopback

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PageRoute(APIRoute):
    """A route that people open in a browser; it is not part of Encord's API and is not counted."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with refusals rendered as pages."""
        handler = super().get_route_handler()

        async def page(request: Request) -> Response:
            try:
                require_loopback(request)
                answer = await handler(request)
            except Refusal as refusal:
                answer = _refused(refusal)
            except RequestValidationError:
                answer = _refused(NotFound(f"there is no page {request.url.path}"))
            answer.headers.update(HEADERS)
            answer.headers.setdefault("Content-Security-Policy", POLICY)
            return answer

        return page


def _refused(refusal: Refusal) -> Response:
    return HTMLResponse(render("refused.html", refusal=refusal), status_code=refusal.status)
