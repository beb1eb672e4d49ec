"""The review as an ASGI app: one page, its script and style, and the few routes that the script calls."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.review.choices import JudgeShown
from judge_pipeline.review.comparison import Side
from judge_pipeline.review.errors import AnsweredMeanwhile, AtWork, NothingToUndo, ReviewError
from judge_pipeline.review.guard import Guard, Secrets
from judge_pipeline.review.session import Session
from judge_pipeline.store.errors import StoreError

FILES = {
    "/": ("review.html", "text/html"),
    "/review.css": ("review.css", "text/css"),
    "/review.js": ("review.js", "text/javascript"),
}

STATUSES: dict[type[Exception], HTTPStatus] = {
    AnsweredMeanwhile: HTTPStatus.CONFLICT,
    AtWork: HTTPStatus.LOCKED,
    NothingToUndo: HTTPStatus.GONE,
    ReviewError: HTTPStatus.NOT_FOUND,
    EncordError: HTTPStatus.BAD_GATEWAY,
    StoreError: HTTPStatus.BAD_GATEWAY,
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Wanted(_Body):
    tab: str
    without: list[str]


class _Answered(_Body):
    tag: str
    side: Side


class _Tagged(_Body):
    tag: str


class _Nothing(_Body):
    pass


@dataclass(frozen=True, slots=True)
class _Routes:
    session: Session
    judge: JudgeShown

    async def state(self, _request: Request) -> Response:
        desk = self.session.desk
        return JSONResponse(
            {
                "project": desk.project.title,
                "reviewer": desk.reviewer,
                "approves": desk.approves,
                "judge": self.judge,
                "progress": self.session.progress(),
            }
        )

    async def next(self, request: Request) -> Response:
        wanted = _Wanted.model_validate_json(await request.body())
        without = [Tag(tag) for tag in wanted.without]
        comparison = await run_in_threadpool(self.session.next, tab=wanted.tab, without=without)
        return self._told({"item": comparison.blind() if comparison else None})

    async def answer(self, request: Request) -> Response:
        given = _Answered.model_validate_json(await request.body())
        told = await run_in_threadpool(self.session.answer, Tag(given.tag), given.side)
        if self.judge is JudgeShown.NEVER:
            told["judge"] = None
        return self._told(told)

    async def undo(self, request: Request) -> Response:
        _Nothing.model_validate_json(await request.body())
        comparison = await run_in_threadpool(self.session.undo)
        return self._told({"item": comparison.blind()})

    async def later(self, request: Request) -> Response:
        self.session.later(Tag(_Tagged.model_validate_json(await request.body()).tag))
        return self._told({})

    async def image(self, request: Request) -> Response:
        file = await run_in_threadpool(self.session.picture, Tag(request.path_params["tag"]))
        return Response(file, media_type="image/jpeg")

    def _told(self, what: dict[str, Any]) -> Response:
        return JSONResponse({**what, "progress": self.session.progress()})


def create_app(session: Session, *, judge: JudgeShown, port: int, given: Secrets) -> Guard:
    """The app behind its guard; the page is at `/`, once the browser has been at `/enter/{token}`."""
    routes = _Routes(session, judge)
    app = Starlette(
        routes=[
            *(Route(path, _file(name, media_type)) for path, (name, media_type) in FILES.items()),
            Route("/api/state", routes.state),
            Route("/api/next", routes.next, methods=["POST"]),
            Route("/api/answer", routes.answer, methods=["POST"]),
            Route("/api/undo", routes.undo, methods=["POST"]),
            Route("/api/later", routes.later, methods=["POST"]),
            Route("/image/{tag}", routes.image),
            Route("/favicon.ico", _no_icon),
        ],
        exception_handlers={
            **dict.fromkeys(STATUSES, _told_why),
            ValidationError: _not_understood,
        },
    )
    return Guard(app, port=port, given=given)


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def serve(_request: Request) -> Response:
        return Response((files(__package__) / "page" / name).read_bytes(), media_type=media_type)

    return serve


async def _no_icon(_request: Request) -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _told_why(_request: Request, error: Exception) -> Response:
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    return JSONResponse({"error": type(error).__name__, "message": str(error)}, status_code=status)


async def _not_understood(_request: Request, _error: Exception) -> Response:
    message = "the request is not what this page's script sends; load the page again"
    return JSONResponse({"error": "not understood", "message": message}, status_code=HTTPStatus.BAD_REQUEST)
