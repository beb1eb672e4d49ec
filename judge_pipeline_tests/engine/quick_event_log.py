"""A Dagster instance for tests: in memory, but for the event log, which is written as in real runs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

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


@contextmanager
def quick_instance() -> Iterator[dg.DagsterInstance]:
    """An instance with such an event log, in memory where that has room."""
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(dir=memory_folder()) as folder,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        patch.setenv(BATCH_SIZE_VARIABLE, str(EVENTS_PER_STATEMENT))
        instance._event_storage.dispose()
        instance._event_storage = QuickEventLog(folder)
        instance._event_storage.register_instance(instance)
        yield instance
