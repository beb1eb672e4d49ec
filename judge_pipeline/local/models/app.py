"""Assembles the local models into one web application."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from judge_pipeline.local.models.api.chat import chat_routes
from judge_pipeline.local.models.api.control import Counters, control_routes
from judge_pipeline.local.models.api.errors import ApiError, answer_api_error
from judge_pipeline.local.models.api.faults import ConnectionResetMiddleware, FaultPlan
from judge_pipeline.local.models.registry import load_models


def create_app(data_dir: Path) -> FastAPI:
    """Load the models and build the app; converted networks are cached in `data_dir`."""
    models = load_models(data_dir)
    counters, faults = Counters(), FaultPlan()
    app = FastAPI(title="Measured descriptions", docs_url=None, redoc_url=None)
    app.add_exception_handler(ApiError, answer_api_error)
    app.add_middleware(ConnectionResetMiddleware)
    app.include_router(chat_routes(models, counters, faults))
    app.include_router(control_routes(counters, faults, list(models)))
    return app
