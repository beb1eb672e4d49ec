"""The application: all routes over one folder of data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from judge_pipeline.local.encord import blob_routes
from judge_pipeline.local.encord.answers import refusal_v2
from judge_pipeline.local.encord.control import behaviour, contents, seeding, traffic
from judge_pipeline.local.encord.editor import agents, layout_upload, pages
from judge_pipeline.local.encord.errors import Refusal
from judge_pipeline.local.encord.loopback import only_from_this_machine
from judge_pipeline.local.encord.state import State
from judge_pipeline.local.encord.v1.envelope import routes
from judge_pipeline.local.encord.v1.queries import QUERIES
from judge_pipeline.local.encord.v2 import (
    datasets,
    issues,
    label_reviews,
    labels,
    not_built,
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
    """Encord on this machine, with its state in `data_dir` (`encord.sqlite3` and `blobs/`, made when missing).

    The database is open until the application's lifespan ends; a new application on the same folder goes on from there.
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
    for control in (traffic, behaviour, seeding, contents, layout_upload, agents, webhooks):
        app.include_router(control.router, dependencies=[Depends(only_from_this_machine)])
    app.include_router(pages.router)
    app.include_router(blob_routes.router)
    app.include_router(routes(QUERIES))
    for resource in (
        organisation,
        organisation_tags,
        ontologies,
        datasets,
        projects,
        tasks,
        task_actions,
        label_reviews,
        issues,
        labels,
        storage_folders,
        storage_items,
        uploads,
        not_built,
    ):
        app.include_router(resource.router)
    return app


async def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for nothing else
    return refusal_v2(refusal)
