"""A batch that fails is written event by event, whatever part of it was written, and nothing is written twice."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import InMemoryEventLogStorage, SqlEventLogStorage
from sqlalchemy.exc import IntegrityError

from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.dagster_events.event_batches import EVENTS_PER_STATEMENT, HalfWritten
from judge_pipeline.dagster_events.event_log import EventLog
from judge_pipeline.dagster_events.sqlite_storage import write_batch
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.dagster_events.two_assets import (
    Logged,
    assert_everything_is_logged_once,
    run,
    times_indexed,
    times_logged,
)
from judge_pipeline_tests.reporting.values import judgement

pytestmark = pytest.mark.slow

TAGS = [Tag(f"tag {number}") for number in range(6)]
REFUSED = "refused by the test"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(home) as instance:
        yield instance


def run_events(
    instance: dg.DagsterInstance, events: Callable[[dg.OpExecutionContext, EventLog], object]
) -> dg.ExecuteInProcessResult:
    """A run of one op that logs these events."""

    @dg.op
    def logs(context: dg.OpExecutionContext) -> None:
        with EventLog(context, item_url=str) as log:
            events(context, log)

    job = dg.GraphDefinition(name="logging", node_defs=[logs]).to_job(executor_def=dg.in_process_executor)
    return job.execute_in_process(instance=instance, raise_on_error=False)


def six_tags(_: dg.OpExecutionContext, log: EventLog) -> None:
    for tag in TAGS[:-1]:
        log.materialized("one", tag, judgement(tag, None), image=None, reused=False)
    log.failed("one", TAGS[-1], title="last.png", kind="Bad", reason="the last one is bad")


def once(*tags: str) -> dict[Logged, int]:
    """What `six_tags` logs of these tags, once."""
    kinds = {tag: "ASSET_OBSERVATION" if tag == TAGS[-1] else "ASSET_MATERIALIZATION" for tag in tags}
    return {(kind, "one", tag): 1 for tag, kind in kinds.items()}


def error_of(result: dg.ExecuteInProcessResult) -> str:
    failure = result.failure_data_for_node("logs")
    return str(failure.error) if failure else ""


def fail_once(monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool) -> list[str]:
    """This method of Dagster's storages fails the next time, before or after it has done its work."""
    own, failed = getattr(SqlEventLogStorage, method), []

    def fails(self: Any, *arguments: Any) -> Any:
        if not failed:
            failed.append(method)
            if after:
                own(self, *arguments)
            raise OSError(REFUSED)
        return own(self, *arguments)

    monkeypatch.setattr(SqlEventLogStorage, method, fails)
    return failed


@pytest.fixture
def refuse() -> Iterator[Callable[[Path, str, str], None]]:
    """Makes an SQLite file refuse some changes of its events, as a full disk would, until the test ends."""
    refusing: list[Path] = []

    def begin(database: Path, change: str, condition: str) -> None:
        refusing.append(database)
        _execute(
            database,
            f"CREATE TRIGGER refuse BEFORE {change} ON event_logs WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
        )

    yield begin
    for database in refusing:
        _execute(database, "DROP TRIGGER refuse")


def _execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        connection.execute(statement)
        connection.commit()


def run_file(home: Path, run_id: str) -> Path:
    return home / "history" / "runs" / f"{run_id}.db"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["_event_to_row", "_store_asset_event_tags", "_store_asset_event"])
def test_a_failure_in_the_middle_of_a_batch_costs_no_event_and_doubles_none(
    instance: dg.DagsterInstance, home: Path, method: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the run's file is written, after it, and with some of the index."""

    def events(context: dg.OpExecutionContext, log: EventLog) -> None:
        failed.append(fail_once(monkeypatch, method, after=after))
        six_tags(context, log)

    failed: list[list[str]] = []
    result = run_events(instance, events)
    assert failed == [[method]]
    assert result.success
    assert times_logged(instance, result.run_id) == times_indexed(home, result.run_id) == once(*TAGS)


@pytest.mark.parametrize("file", ["index", "run"])
def test_a_batch_that_fails_in_its_second_statement_leaves_nothing(
    instance: dg.DagsterInstance, home: Path, refuse: Any, file: str
) -> None:
    """So its events may be written one by one."""
    result = run_events(instance, six_tags)
    entry = next(each for each in instance.all_logs(result.run_id) if each.asset_materialization)
    events = [entry._replace(timestamp=entry.timestamp + number) for number in range(EVENTS_PER_STATEMENT + 10)]
    last = datetime.fromtimestamp(events[-1].timestamp, UTC).replace(tzinfo=None)
    refuse(run_file(home, result.run_id if file == "run" else "index"), "INSERT", f"NEW.timestamp >= '{last}'")
    with pytest.raises(IntegrityError, match=REFUSED):
        write_batch(instance.event_log_storage, events)
    assert times_logged(instance, result.run_id) == times_indexed(home, result.run_id) == once(*TAGS)


def test_announced_partitions_are_there_once_as_well(
    instance: dg.DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = fail_once(monkeypatch, "_store_asset_event", after=True)
    result = run(instance)
    assert failed
    assert_everything_is_logged_once(instance, home, result.run_id)


def test_an_event_that_cannot_be_written_is_missing_alone_and_the_run_says_so(
    instance: dg.DagsterInstance, home: Path, refuse: Any
) -> None:
    refuse(run_file(home, "index"), "INSERT", f"NEW.partition = '{TAGS[2]}'")
    result = run_events(instance, six_tags)
    assert times_indexed(home, result.run_id) == once(*TAGS[:2], *TAGS[3:])
    assert REFUSED in error_of(result)


def test_what_could_not_be_taken_back_is_not_written_again(
    instance: dg.DagsterInstance, home: Path, refuse: Any
) -> None:
    """The index fails, and then the run's file too."""

    def events(context: dg.OpExecutionContext, log: EventLog) -> None:
        refuse(run_file(home, context.run_id), "DELETE", "true")
        refuse(run_file(home, "index"), "INSERT", f"NEW.partition = '{TAGS[2]}'")
        six_tags(context, log)

    result = run_events(instance, events)
    assert times_logged(instance, result.run_id) == once(*TAGS)
    assert times_indexed(home, result.run_id) == {}
    assert HalfWritten.__name__ in error_of(result)
    assert "run the same partitions again" in error_of(result)


def test_another_storage_that_fails_halfway_gets_the_other_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PostgreSQL's might: it is not known which events it has taken."""
    taken: list[int] = []

    def half(self: InMemoryEventLogStorage, events: Sequence[dg.EventLogEntry]) -> None:
        for event in events[: len(events) // 2]:
            self.store_event(event)
        taken.append(len(events) // 2)
        raise ConnectionError(REFUSED)

    monkeypatch.setattr(InMemoryEventLogStorage, "store_event_batch", half, raising=False)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_events(instance, six_tags)
        assert result.success
        assert times_logged(instance, result.run_id) == once(*TAGS)
    assert taken
    assert max(taken) >= 2


def test_leaving_raises_what_could_not_be_written(instance: dg.DagsterInstance, home: Path, refuse: Any) -> None:
    refuse(run_file(home, "index"), "INSERT", "NEW.asset_key IS NOT NULL")
    result = run_events(instance, six_tags)
    assert not result.success
    assert REFUSED in error_of(result)


def test_an_error_of_the_step_is_not_hidden_by_one_of_writing(
    instance: dg.DagsterInstance, home: Path, refuse: Any
) -> None:
    def events(context: dg.OpExecutionContext, log: EventLog) -> None:
        six_tags(context, log)
        raise LookupError("the step's own error")

    refuse(run_file(home, "index"), "INSERT", "NEW.asset_key IS NOT NULL")
    assert "the step's own error" in error_of(run_events(instance, events))


def test_what_comes_steadily_is_written_meanwhile(instance: dg.DagsterInstance) -> None:
    """Pages show the run's progress, and a killed run lacks its last events alone."""
    put: list[str] = []
    pace = threading.Event()

    def events(context: dg.OpExecutionContext, log: EventLog) -> None:
        while len(put) < 100 and not times_logged(instance, context.run_id):
            six_tags(context, log)
            put.append(context.run_id)
            pace.wait(0.05)

    assert run_events(instance, events).success
    assert len(put) < 100
