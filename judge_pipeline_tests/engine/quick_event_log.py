"""A Dagster instance for tests: in memory, but for the event log, which is written as in real runs."""

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.runs import InMemoryRunStorage
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from sqlalchemy import Connection, NullPool, create_engine

from judge_pipeline.dagster_events.event_batches import BATCH_SIZE_VARIABLE, EVENTS_PER_STATEMENT
from judge_pipeline.dagster_events.sqlite_storage import BatchedSqliteEventLogStorage
from judge_pipeline_tests.memory import memory_folder


class QuickEventLog(BatchedSqliteEventLogStorage):
    """The event log of real runs. Each file is a copy of the first one, because Dagster takes 60 ms to make one."""

    def _initdb(self, engine: Any, for_index_shard: bool = False) -> None:
        file, empty = Path(engine.url.database), Path(self._base_dir, "empty")
        if not empty.exists():
            super()._initdb(engine, for_index_shard)
            shutil.copy(file, empty)
        elif not file.exists():
            shutil.copy(empty, file)


_file = ContextVar[str]("file")
_engine = create_engine(
    "sqlite://",
    poolclass=NullPool,
    creator=lambda: sqlite3.connect(_file.get(), timeout=30, check_same_thread=False),  # one thread at a time
)


def _open(file: str) -> Connection:
    _file.set(file)
    return _engine.connect()


class QuickRuns(InMemoryRunStorage):
    """The runs, through one connection instead of one for each of forty statements of a run."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._held_conn.close()
        self._held_conn = _open(":memory:")
        with self._held_conn.begin():
            RunStorageSqlMetadata.create_all(self._held_conn)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._lock:
            if self._held_conn.in_transaction():
                yield self._held_conn
                return
            with self._held_conn.begin():
                yield self._held_conn


@contextmanager
def quick_instance() -> Iterator[dg.DagsterInstance]:
    """An instance with such an event log, in memory where that has room."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(dir=memory_folder()) as folder,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        patch.setenv(BATCH_SIZE_VARIABLE, str(EVENTS_PER_STATEMENT))
        for old in (instance._event_storage, instance._run_storage):
            old.dispose()
        instance._event_storage = QuickEventLog(folder)
        instance._run_storage = QuickRuns()
        for new in (instance._event_storage, instance._run_storage):
            new.register_instance(instance)
        yield instance


@contextmanager
def quick_instance_on_disk(home: Path) -> Iterator[dg.DagsterInstance]:
    """An instance with such an event log that other instances may open too."""
    log = {"module": __name__, "class": QuickEventLog.__name__, "config": {"dagster_home": str(home)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BATCH_SIZE_VARIABLE, str(EVENTS_PER_STATEMENT))
        with dg.DagsterInstance.local_temp(str(home), overrides={"event_log_storage": log}) as instance:
            yield instance
