"""Assembles the local models into one web application."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import anyio
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from judge_pipeline.local.models.api.chat import Chat, chat_routes
from judge_pipeline.local.models.api.connection import ConnectionResetMiddleware, RouteFaultMiddleware
from judge_pipeline.local.models.api.control import Counters, control_routes
from judge_pipeline.local.models.api.errors import ApiError, answer_api_error
from judge_pipeline.local.models.api.faults import FaultPlan
from judge_pipeline.local.models.batches.batch_routes import batch_routes
from judge_pipeline.local.models.batches.file_routes import file_routes
from judge_pipeline.local.models.batches.files import FileStore
from judge_pipeline.local.models.batches.runner import BatchRunner
from judge_pipeline.local.models.batches.settings import BatchSettings
from judge_pipeline.local.models.registry import load_models


def create_app(data_dir: Path, batch_dir: Path | None = None, *, batch_seconds: float = 1.0) -> FastAPI:
    """Load the models and build the app.

    Args:
        data_dir: Folder where converted networks are cached; any number of servers may share it.
        batch_dir: Folder of one server's files and batches, which go on when it is started again; by default a temporary one.
        batch_seconds: How long a batch takes.
    """
    models = load_models(data_dir)
    counters, faults, settings = Counters(), FaultPlan(), BatchSettings(seconds=batch_seconds)
    temporary = ExitStack()
    folder = batch_dir or Path(temporary.enter_context(tempfile.TemporaryDirectory(prefix="local-models-")))
    chat = Chat(models, counters, faults)
    files = FileStore(folder / "files")
    batches = BatchRunner(folder / "batches", chat, files, faults, settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        batches.resume()
        with temporary:
            yield
            await anyio.to_thread.run_sync(batches.stop)

    app = FastAPI(title="Measured descriptions", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_exception_handler(ApiError, answer_api_error)
    app.add_middleware(RouteFaultMiddleware, faults=faults)
    app.add_middleware(ConnectionResetMiddleware)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])  # against DNS rebinding
    app.include_router(chat_routes(chat))
    app.include_router(file_routes(files, settings))
    app.include_router(batch_routes(batches, files))
    app.include_router(control_routes(counters, faults, settings, list(models)))
    return app
