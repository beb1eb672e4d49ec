"""SQL statements of Dagster's SQLite storages and of the pipeline's store, compiled once per process.

Dagster makes a new engine for every connection, and each run one for the store. A new engine knows no compiled statement:
a quarter of the processor time of the tests in `engine`, by a profile.
"""

import importlib
import sys
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from judge_pipeline.store import engines as store_engines

STORAGES = (
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
)


def share_engines(patch: pytest.MonkeyPatch) -> None:
    """While the patch lasts, each of Dagster's files has one engine, and all of them share their compiled statements."""
    _share_statements_of_stores(patch)
    if "dagster" not in sys.modules:
        return  # no test of this session uses it
    first = create_engine("sqlite://")
    first.connect().close()  # which initialises its dialect
    compiled: dict[Any, Any] = {}
    engines: dict[str, Engine] = {}

    def shared_engine(url: str, **options: Any) -> Engine:
        if options.get("poolclass") is not NullPool:
            return create_engine(url, **options)
        if url not in engines:
            engine = engines[url] = create_engine(url, **options, execution_options={"compiled_cache": compiled})
            engine.dialect = first.dialect  # part of a compiled statement's key
        return engines[url]

    for storage in STORAGES:
        patch.setattr(importlib.import_module(storage), "create_engine", shared_engine)


def _share_statements_of_stores(patch: pytest.MonkeyPatch) -> None:
    first = create_engine("sqlite://", json_serializer=store_engines._json)
    first.connect().close()
    compiled: dict[Any, Any] = {}

    def sharing_engine(url: URL, **options: Any) -> Engine:
        if url.get_backend_name() != "sqlite" or "json_serializer" not in options:
            return create_engine(url, **options)
        engine = create_engine(url, **options, execution_options={"compiled_cache": compiled})
        engine.dialect = first.dialect
        return engine

    patch.setattr(store_engines, "create_engine", sharing_engine)
