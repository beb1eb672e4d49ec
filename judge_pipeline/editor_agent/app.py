"""The application: three routes inside the guard, inside CORS, so that the editor's page can read every answer."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.agent import EditorAgent
from judge_pipeline.editor_agent.errors import MAX_MESSAGE_CHARACTERS, AgentError, BadRequest, InternalError, NotFound
from judge_pipeline.editor_agent.middleware import HEALTH, TEST_HEADERS, TRACE_HEADER, Guard, answer_to
from judge_pipeline.editor_agent.payloads import Event, FrameData

SECONDS_BETWEEN_PREFLIGHTS = 600

logger = logging.getLogger(__name__)


class Told(BaseModel):
    """What the editor shows to a labeller."""

    message: str = Field(max_length=MAX_MESSAGE_CHARACTERS)


class RunTold(Told):
    """The same about a run: "queued" with its page, where Dagster has one."""

    status: str
    run_id: str
    url: str | None


ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": Told}, "5XX": {"model": Told}}


def create_app(open_agent: Callable[[], AbstractAsyncContextManager[EditorAgent]], policy: AccessPolicy) -> ASGIApp:
    """The agent; `open_agent` opens what its routes work with, for as long as the application lives."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_agent() as agent:
            app.state.agent = agent
            yield

    app = FastAPI(
        title="The agent of Encord's label editor",
        docs_url="/docs" if policy.is_local else None,
        openapi_url="/openapi.json" if policy.is_local else None,
        redoc_url=None,
        lifespan=lifespan,
    )
    _add_routes(app)
    _add_error_answers(app)
    return _Cors(Guard(app, policy), policy)


def _add_routes(app: FastAPI) -> None:
    @app.post("/", response_class=Response, responses={202: {"model": Told}, **ERRORS})
    async def describe(request: Request, call: FrameData) -> Response:
        """Describes the open frame and writes that on its label row. An empty 200 makes the editor refresh."""
        told = await _agent(request).describe(call.as_frame())
        return Response() if told is None else JSONResponse({"message": told}, status_code=202)

    @app.post("/rejudge", responses=ERRORS)
    async def rejudge(request: Request, call: FrameData) -> RunTold:
        """Has the judge asked again about the open image, as a run of Dagster's."""
        queued = await _agent(request).rejudge(call.as_frame())
        return RunTold(message=queued.sentence, status="queued", run_id=queued.run_id, url=queued.url)

    @app.post("/task-ready", response_class=Response, responses=ERRORS)
    async def task_ready(request: Request, event: Event) -> Response:
        """Takes Encord's notification that a stage has work, as a reason to look for new images."""
        _agent(request).task_ready(event, is_signed=request.state.is_signed)
        return Response()

    @app.get(HEALTH)
    async def health() -> dict[str, str]:
        """Whether the agent answers; asks nobody else."""
        return {"status": "ok"}


def _add_error_answers(app: FastAPI) -> None:
    @app.exception_handler(AgentError)
    async def told(_: Request, error: Exception) -> Response:
        assert isinstance(error, AgentError)  # noqa: S101 - registered for nothing else
        return answer_to(error)

    @app.exception_handler(RequestValidationError)
    async def misread(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"][1:] if not isinstance(part, int))
        return answer_to(BadRequest(f"the call cannot be read: {where}: {problem['msg']}" if where else problem["msg"]))

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        answer = answer_to(NotFound("there is nothing here"))
        answer.status_code = error.status_code
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> Response:
        logger.error("an unforeseen error", exc_info=error)
        return answer_to(InternalError("something went wrong in the agent; its log says what"))


def _agent(request: Request) -> EditorAgent:
    agent: EditorAgent = request.app.state.agent
    return agent


class _Cors(CORSMiddleware):
    """The pages of the policy's origins, and nobody else's, may call and may read every answer."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._policy = policy
        super().__init__(
            app,
            allow_origins=list(policy.origins),
            allow_methods=["POST"],
            allow_headers=[*TEST_HEADERS, TRACE_HEADER],
            allow_private_network=True,
            expose_headers=["Retry-After"],
            max_age=SECONDS_BETWEEN_PREFLIGHTS,
        )

    def is_allowed_origin(self, origin: str) -> bool:
        return self._policy.allows_origin(origin)
