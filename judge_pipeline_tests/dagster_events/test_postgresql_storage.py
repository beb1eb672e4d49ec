"""On PostgreSQL, too, events written in batches are what Dagster's own storage, one by one, would have left."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from dagster._core.storage.event_log import SqlEventLogStorage

from judge_pipeline_tests.dagster_events.test_missing_names import PRIVATE_MODULES, Renamed, take_imports
from judge_pipeline_tests.dagster_events.two_assets import LOGGED, run, shown, times_logged
from judge_pipeline_tests.store.conftest import postgresql
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer

__all__ = ["postgresql"]

pytest.importorskip("dagster_postgres")
pytestmark = pytest.mark.slow

OWN = ("dagster_postgres", "PostgresEventLogStorage")
BATCHED = ("judge_pipeline.dagster_events.postgresql_storage", "BatchedPostgresEventLogStorage")
METHODS = ("_event_to_row", "_store_asset_event", "_store_asset_event_tags", "index_transaction")

OnPostgresql = Callable[[tuple[str, str]], AbstractContextManager[dg.DagsterInstance]]


@pytest.fixture
def on_postgresql(postgresql: PostgresqlServer, tmp_path: Path) -> OnPostgresql:
    """Opens an instance whose event log is in an empty database."""

    @contextmanager
    def open_instance(storage: tuple[str, str]) -> Iterator[dg.DagsterInstance]:
        home = tmp_path / storage[1]
        home.mkdir()
        with postgresql.database() as name:
            url = postgresql.url(name).replace("postgresql:", "postgresql+psycopg2:")
            log = {"module": storage[0], "class": storage[1], "config": {"postgres_url": url}}
            (home / "dagster.yaml").write_text(
                yaml.safe_dump({"event_log_storage": log, "telemetry": {"enabled": False}})
            )
            with dg.DagsterInstance.from_config(str(home)) as instance:
                yield instance

    return open_instance


def assert_everything_is_logged_once(instance: dg.DagsterInstance, run_id: str) -> None:
    assert times_logged(instance, run_id) == dict.fromkeys(LOGGED, 1)


def test_a_failed_run_of_eight_tags_looks_the_same(on_postgresql: OnPostgresql) -> None:
    pages = []
    for storage in (OWN, BATCHED):
        with on_postgresql(storage) as instance:
            assert type(instance.event_log_storage).__name__ == storage[1]
            result = run(instance, by_dagster=storage is OWN)
            assert_everything_is_logged_once(instance, result.run_id)
            pages.append(shown(instance))
    assert pages[0] == pages[1]


def test_announced_and_logged_events_come_in_batches(
    on_postgresql: OnPostgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them is written one by one."""
    written_alone: list[str] = []
    own = SqlEventLogStorage.prepare_insert_event

    def insert(self: SqlEventLogStorage, event: dg.EventLogEntry) -> object:
        if event.dagster_event:
            written_alone.append(event.dagster_event.event_type_value)
        return own(self, event)

    monkeypatch.setattr(SqlEventLogStorage, "prepare_insert_event", insert)
    with on_postgresql(BATCHED) as instance:
        run(instance)
    assert dg.DagsterEventType.RUN_FAILURE.value in written_alone
    assert not {kind for kind, _, _ in LOGGED} & set(written_alone)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_private_method(method: str, on_postgresql: OnPostgresql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqlEventLogStorage, method, Renamed(method, getattr(SqlEventLogStorage, method)))
    with on_postgresql(BATCHED) as instance:
        assert_everything_is_logged_once(instance, run(instance).run_id)


def test_without_any_private_import(on_postgresql: OnPostgresql, monkeypatch: pytest.MonkeyPatch) -> None:
    take_imports(monkeypatch, lambda module, _: module.startswith(PRIVATE_MODULES))
    with on_postgresql(BATCHED) as instance:
        assert_everything_is_logged_once(instance, run(instance).run_id)


@pytest.mark.parametrize("method", ["_event_to_row", "_store_asset_event_tags", "_store_asset_event"])
def test_a_batch_that_fails_is_written_by_dagster_and_nothing_is_doubled(
    method: str, on_postgresql: OnPostgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_postgresql(BATCHED) as instance:
        storage, failed = type(instance.event_log_storage), Counter[str]()
        own = getattr(storage, method)

        def fails_once(*arguments: object) -> object:
            failed[method] += 1
            done = own(*arguments)
            if failed[method] == 1:
                raise OSError("refused by the test")
            return done

        monkeypatch.setattr(storage, method, fails_once)
        assert_everything_is_logged_once(instance, run(instance).run_id)
        assert failed[method] > 1


def test_a_lost_connection_in_the_middle_of_a_batch_doubles_nothing(
    on_postgresql: OnPostgresql, postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way is taken back by the server, and its events are written one by one."""
    with on_postgresql(BATCHED) as instance:
        storage = instance.event_log_storage
        own, ended = type(storage)._store_asset_event_tags, list[int]()

        def ends_its_connection(
            self: object, connection: object, events: list[dg.EventLogEntry], ids: object
        ) -> object:
            if not ended and events[0].asset_materialization:
                ended.append(len(events))
                with psycopg.connect(host=str(postgresql.folder), user="postgres", autocommit=True) as administrator:
                    administrator.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                    )
            return own(self, connection, events, ids)  # type: ignore[arg-type]

        monkeypatch.setattr(type(storage), "_store_asset_event_tags", ends_its_connection)
        result = run(instance)
        assert ended
        assert_everything_is_logged_once(instance, result.run_id)
