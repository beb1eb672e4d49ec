"""The application: all routes over one data folder; protocol v2 routes that are not imitated answer 501."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from judge_pipeline.local.encord import blob_routes
from judge_pipeline.local.encord.control import outside_sdk, seeding, server
from judge_pipeline.local.encord.editor import agents, pages
from judge_pipeline.local.encord.errors import NotBuilt, Refusal
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import refusal_v2
from judge_pipeline.local.encord.state import State
from judge_pipeline.local.encord.v1.envelope import routes
from judge_pipeline.local.encord.v1.queries import QUERIES
from judge_pipeline.local.encord.v2 import (
    data_groups,
    datasets,
    issues,
    label_reviews,
    labels,
    ontologies,
    organisation,
    organisation_tags,
    projects,
    storage_folders,
    storage_items,
    task_actions,
    tasks,
    uploads,
)
from judge_pipeline.local.encord.webhooks import routes as webhooks
from judge_pipeline.local.encord.webhooks.dispatcher import Dispatcher


def create_app(data_dir: Path) -> FastAPI:
    """Encord on this machine, with its state in `data_dir` (`encord.sqlite3` and `blobs/`, created if missing).

    The database stays open until the application's lifespan ends; a new application on the same folder resumes from it.
    """
    state = State(data_dir)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        dispatcher = Dispatcher(state)
        dispatcher.start()
        yield
        dispatcher.stop()
        state.close()

    app = FastAPI(title="Local Encord", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.local_encord = state
    app.add_exception_handler(Refusal, _refused)
    for router in (
        routes(QUERIES),
        *(resource.router for resource in IN_V2),
        _not_built,
        blob_routes.router,
        *(control.router for control in (server, seeding, outside_sdk, agents, webhooks)),
        pages.router,
    ):
        app.router.routes.extend(router.routes)  # `include_router` would look at each route twice: 0.1 ms a request
    return app


IN_V2 = (
    tasks,
    task_actions,
    storage_items,
    uploads,
    projects,
    ontologies,
    labels,
    datasets,
    storage_folders,
    organisation,
    data_groups,
    label_reviews,
    issues,
    organisation_tags,
)
"""The resources of protocol v2, those that runs ask for most often first: routes are tried in turn."""


_not_built = APIRouter(route_class=V2Route)


@_not_built.api_route(
    "/v2/public/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
)
def refuse(call: CurrentCall, request: Request, path: str) -> Response:
    """Name the route that is missing."""
    raise NotBuilt(f"{request.method} {path} is not part of this local Encord")


async def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for nothing else
    return refusal_v2(refusal)
