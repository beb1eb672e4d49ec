"""The review as an ASGI app: one page, its script and style, and the few routes that the script calls; served until Ctrl-C."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import uvicorn
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.review.comparison import JudgeShown, Side
from judge_pipeline.review.criterion_picks import described
from judge_pipeline.review.errors import (
    AlreadyAnswered,
    ImageBusy,
    InvalidReviewer,
    NothingToUndo,
    ReviewerChanged,
    ReviewError,
)
from judge_pipeline.review.guard import Guard, Secrets
from judge_pipeline.review.session import Session
from judge_pipeline.store.errors import StoreError

FILES = {
    "/": ("review.html", "text/html"),
    "/review.css": ("review.css", "text/css"),
    "/review.js": ("review.js", "text/javascript"),
}

STATUSES: dict[type[Exception], HTTPStatus] = {
    AlreadyAnswered: HTTPStatus.CONFLICT,
    ImageBusy: HTTPStatus.LOCKED,
    NothingToUndo: HTTPStatus.GONE,
    ReviewerChanged: HTTPStatus.PRECONDITION_FAILED,
    InvalidReviewer: HTTPStatus.UNPROCESSABLE_ENTITY,
    ReviewError: HTTPStatus.NOT_FOUND,
    EncordError: HTTPStatus.BAD_GATEWAY,
    StoreError: HTTPStatus.BAD_GATEWAY,
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _NextRequest(_Body):
    tab: str
    without: list[str]


class _AnswerRequest(_Body):
    tag: str
    side: Side
    reviewer: str | None = None
    criteria: dict[str, list[str]] = {}


class _LaterRequest(_Body):
    tag: str


class _ReviewerRequest(_Body):
    reviewer: str


class _UndoRequest(_Body):
    pass


@dataclass(frozen=True, slots=True)
class _Routes:
    session: Session
    judge: JudgeShown

    async def state(self, _request: Request) -> Response:
        writer = self.session.writer
        return JSONResponse(
            {
                "project": writer.project.title,
                "reviewer": writer.reviewer,
                "reviewers": self.session.reviewers,
                "approves": writer.approves,
                "judge": self.judge,
                "progress": self._progress(),
                **described(writer.roles),
            }
        )

    async def next(self, request: Request) -> Response:
        wanted = _NextRequest.model_validate_json(await request.body())
        without = [Tag(tag) for tag in wanted.without]
        comparison = await run_in_threadpool(self.session.next, tab=wanted.tab, without=without)
        return self._with_progress({"item": comparison.blind() if comparison else None})

    async def answer(self, request: Request) -> Response:
        answer = _AnswerRequest.model_validate_json(await request.body())
        result = await run_in_threadpool(
            self.session.answer, Tag(answer.tag), answer.side, criteria=answer.criteria, reviewer=answer.reviewer
        )
        if self.judge is JudgeShown.NEVER:
            result.update(judge=None, editor=None)  # Encord's editor shows what the judge said
        return self._with_progress(result)

    async def reviewer(self, request: Request) -> Response:
        self.session.change_reviewer(_ReviewerRequest.model_validate_json(await request.body()).reviewer)
        return self._with_progress({"reviewer": self.session.writer.reviewer, "reviewers": self.session.reviewers})

    async def undo(self, request: Request) -> Response:
        _UndoRequest.model_validate_json(await request.body())
        comparison = await run_in_threadpool(self.session.undo)
        return self._with_progress({"item": comparison.blind()})

    async def later(self, request: Request) -> Response:
        self.session.later(Tag(_LaterRequest.model_validate_json(await request.body()).tag))
        return self._with_progress({})

    async def image(self, request: Request) -> Response:
        file = await run_in_threadpool(self.session.comparisons.picture, Tag(request.path_params["tag"]))
        return Response(file, media_type="image/jpeg")

    def _with_progress(self, content: dict[str, Any]) -> Response:
        return JSONResponse({**content, "progress": self._progress()})

    def _progress(self) -> dict[str, Any]:
        return {**self.session.progress(), **self.session.project_progress()}


def create_app(session: Session, *, judge: JudgeShown, port: int, secrets: Secrets) -> Guard:
    """The app behind its guard; the page is at `/`, once the browser has opened `/enter/{token}`."""
    routes = _Routes(session, judge)
    app = Starlette(
        routes=[
            *(Route(path, _file(name, media_type)) for path, (name, media_type) in FILES.items()),
            Route("/api/state", routes.state),
            Route("/api/next", routes.next, methods=["POST"]),
            Route("/api/answer", routes.answer, methods=["POST"]),
            Route("/api/reviewer", routes.reviewer, methods=["POST"]),
            Route("/api/undo", routes.undo, methods=["POST"]),
            Route("/api/later", routes.later, methods=["POST"]),
            Route("/image/{tag}", routes.image),
            Route("/favicon.ico", _no_icon),
        ],
        exception_handlers={
            **dict.fromkeys(STATUSES, _error_response),
            ValidationError: _malformed_request,
        },
    )
    return Guard(app, port=port, secrets=secrets)


def serve(app: ASGIApp, on: socket.socket) -> None:
    """Serves on a bound socket until Ctrl-C. Nothing is logged: the addresses in a log would open the review."""
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=3)
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
        uvicorn.Server(config).run(sockets=[on])


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def serve(_request: Request) -> Response:
        return Response((files(__package__) / "page" / name).read_bytes(), media_type=media_type)

    return serve


async def _no_icon(_request: Request) -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _error_response(_request: Request, error: Exception) -> Response:
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    return JSONResponse({"error": type(error).__name__, "message": str(error)}, status_code=status)


async def _malformed_request(_request: Request, _error: Exception) -> Response:
    message = "the request does not match what this page's script sends; reload the page"
    return JSONResponse({"error": "malformed request", "message": message}, status_code=HTTPStatus.BAD_REQUEST)
