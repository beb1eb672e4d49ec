"""The application: three routes inside the guard, inside CORS, so that the editor's page can read every response."""

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
from judge_pipeline.editor_agent.middleware import HEALTH, TEST_HEADERS, TRACE_HEADER, Guard, error_response
from judge_pipeline.editor_agent.payloads import Event, FrameData

SECONDS_BETWEEN_PREFLIGHTS = 600

logger = logging.getLogger(__name__)


class LabellerMessage(BaseModel):
    """A message that the editor shows to a labeller."""

    message: str = Field(max_length=MAX_MESSAGE_CHARACTERS)


class RunMessage(LabellerMessage):
    """The same about a run: "queued", and its page if Dagster has a web server."""

    status: str
    run_id: str
    url: str | None


ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": LabellerMessage}, "5XX": {"model": LabellerMessage}}


def create_app(open_agent: Callable[[], AbstractAsyncContextManager[EditorAgent]], policy: AccessPolicy) -> ASGIApp:
    """The application; `open_agent` opens the agent for the application's lifetime."""

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
    _add_error_handlers(app)
    return _Cors(Guard(app, policy), policy)


def _add_routes(app: FastAPI) -> None:
    @app.post("/", response_class=Response, responses={202: {"model": LabellerMessage}, **ERRORS})
    async def describe(request: Request, payload: FrameData) -> Response:
        """Describes the open frame and saves the description on its label row. A 200, usually empty, makes the editor refresh."""
        described = await _agent(request).describe(payload.as_frame())
        if described.message is None:
            return Response()
        return JSONResponse({"message": described.message}, status_code=200 if described.is_saved else 202)

    @app.post("/rejudge", responses=ERRORS)
    async def rejudge(request: Request, payload: FrameData) -> RunMessage:
        """Queues a Dagster run that asks the judge again about the open image."""
        queued = await _agent(request).rejudge(payload.as_frame())
        return RunMessage(message=queued.message, status="queued", run_id=queued.run_id, url=queued.url)

    @app.post("/task-ready", response_class=Response, responses=ERRORS)
    async def task_ready(request: Request, event: Event) -> Response:
        """Receives Encord's notification that a stage has work, and looks for new images."""
        _agent(request).task_ready(event, is_signed=request.state.is_signed)
        return Response()

    @app.get(HEALTH)
    async def health() -> dict[str, str]:
        """Whether the agent responds; calls no other service."""
        return {"status": "ok"}


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(AgentError)
    async def agent_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, AgentError)  # noqa: S101 - registered for nothing else
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid_body(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"][1:] if not isinstance(part, int))
        return error_response(BadRequest(f"invalid request: {where}: {problem['msg']}" if where else problem["msg"]))

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        response = error_response(NotFound("nothing here"))
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    async def internal_error(_: Request, error: Exception) -> Response:
        logger.error("unexpected error", exc_info=error)
        return error_response(InternalError("unexpected error in the agent; see its log"))


def _agent(request: Request) -> EditorAgent:
    agent: EditorAgent = request.app.state.agent
    return agent


class _Cors(CORSMiddleware):
    """Only pages of the policy's origins may call and read every response."""

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
