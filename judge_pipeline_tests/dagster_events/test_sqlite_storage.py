"""Events written in batches are what Dagster's own storage, one by one, would have left."""

import os
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from sqlalchemy import Connection, Engine, event, text

from judge_pipeline.cli.support.dagster_home import dagster_instance, prepare_dagster_home
from judge_pipeline.dagster_events.sqlite_storage import BatchedSqliteEventLogStorage
from judge_pipeline_tests.dagster_events.two_assets import LOGGED, assert_everything_is_logged_once, run, shown
from judge_pipeline_tests.forked import ForkedCode
from judge_pipeline_tests.processes import wait_until

pytestmark = pytest.mark.slow

EARLIER = Path(__file__).with_name("dagster_of_0_1.yaml")
"""As the first version wrote it."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as Dagster makes it."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        yield instance


@pytest.fixture
def batched(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as the commands make it."""
    with dagster_instance(tmp_path / "home") as instance:
        assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
        yield instance


def test_a_failed_run_of_eight_tags_looks_the_same(
    own: dg.DagsterInstance, batched: dg.DagsterInstance, tmp_path: Path
) -> None:
    for instance, folder in ((own, tmp_path), (batched, tmp_path / "home")):
        result = run(instance, by_dagster=instance is own)
        assert_everything_is_logged_once(instance, folder, result.run_id)
    assert shown(batched) == shown(own)


def test_the_latest_materialisation_is_the_last_of_its_batch(batched: dg.DagsterInstance) -> None:
    run(batched)
    latest = batched.get_latest_materialization_event(dg.AssetKey("one"))
    assert latest is not None
    assert latest.asset_materialization is not None
    assert latest.asset_materialization.partition == "tag 6"
    assert latest.asset_materialization.metadata["model"].value == "tag 6"


def test_announced_and_logged_events_come_in_batches(
    batched: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them is written one by one, as after a failed batch."""
    written_alone: list[str] = []
    own = SqlEventLogStorage.prepare_insert_event

    def insert(self: SqlEventLogStorage, event: dg.EventLogEntry) -> object:
        if event.dagster_event:
            written_alone.append(event.dagster_event.event_type_value)
        return own(self, event)

    monkeypatch.setattr(SqlEventLogStorage, "prepare_insert_event", insert)
    run(batched)
    assert dg.DagsterEventType.RUN_FAILURE.value in written_alone
    assert not {kind for kind, _, _ in LOGGED} & set(written_alone)


@pytest.mark.parametrize(
    "keys", [["a", "b", "c"], ["path", "b", "path"], ["path", "b", "c"], ['a "b"', "\N{SNOWMAN}", "c"]]
)
def test_announcements_say_what_dagster_would_have_written(keys: list[str], batched: dg.DagsterInstance) -> None:
    """Written from one of them, they keep their order and differ in the partition alone, even if it is named as the step is."""
    storage = batched.event_log_storage
    assert isinstance(storage, BatchedSqliteEventLogStorage)
    wanted = [announcement(asset, key) for asset in ("one", "two") for key in keys]
    storage.store_event_batch(wanted)
    at = [entry._replace(timestamp=wanted[0].timestamp) for entry in batched.all_logs("a run")]
    assert at == [entry._replace(timestamp=wanted[0].timestamp) for entry in wanted]


def announcement(asset: str, partition: str) -> dg.EventLogEntry:
    data = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=partition)
    planned = DagsterEvent.build_asset_materialization_planned_event("a job", "path", data)
    return dg.EventLogEntry(None, 10, "", "a run", time.time(), "path", "a job", planned)  # type: ignore[no-untyped-call]


def test_the_files_are_where_dagsters_own_storage_has_them(batched: dg.DagsterInstance, tmp_path: Path) -> None:
    result = run(batched)
    assert (tmp_path / "home" / "history" / "runs" / f"{result.run_id}.db").exists()


def test_files_are_made_as_dagsters_own_storage_makes_them(
    own: dg.DagsterInstance, batched: dg.DagsterInstance, tmp_path: Path
) -> None:
    """In a single transaction: Dagster takes a dozen, and a run of one tag has to wait for each of them."""
    for instance in (own, batched):
        assert isinstance(instance.event_log_storage, SqliteEventLogStorage)
        with instance.event_log_storage.run_connection("a run"):
            pass
    for name in ("history/runs/index.db", "history/runs/a run.db", "history/runs.db", "schedules/schedules.db"):
        made = [schema(folder / name) for folder in (tmp_path, tmp_path / "home")]
        assert made[0] == made[1]


def test_a_new_home_is_made_before_dagster_opens_it(tmp_path: Path) -> None:
    """With nothing left over; a file that another process has made meanwhile stays."""
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules" / "schedules.db").write_bytes(b"")
    prepare_dagster_home(tmp_path)
    assert schema(tmp_path / "history" / "runs.db")
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == [
        "dagster.yaml",
        "runs.db",
        "schedules.db",
    ]
    assert (tmp_path / "schedules" / "schedules.db").read_bytes() == b""
    with dagster_instance(tmp_path) as instance:
        assert instance.get_runs_count() == len(instance.all_instigator_state()) == 0


def test_no_other_process_finds_an_event_log_without_its_tables(tmp_path: Path) -> None:
    index = tmp_path / "history" / "runs" / "index.db"
    is_found: list[bool] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE event_logs" in statement:
            is_found.append(index.exists())

    event.listen(Engine, "before_cursor_execute", look)
    try:
        with dagster_instance(tmp_path):
            assert index.exists()
    finally:
        event.remove(Engine, "before_cursor_execute", look)
    assert is_found == [False]
    assert [file.name for file in index.parent.iterdir() if not file.name.startswith("index.db")] == []


def test_processes_that_open_a_new_home_at_once_find_it_complete(tmp_path: Path) -> None:
    """Two of four failed with `database is locked` or a missing table. One of them may come by another path."""
    code = (
        "import sys; from pathlib import Path\n"
        "from judge_pipeline.cli.support.dagster_home import dagster_instance\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "with dagster_instance(Path(sys.argv[1])) as instance:\n"
        "    storage = type(instance.event_log_storage).__name__\n"
        "    print(storage, instance.get_runs_count(), len(instance.all_instigator_state()))\n"
    )
    home, link = tmp_path / "home", tmp_path / "link"
    home.mkdir()
    link.symlink_to(home)
    opening = [ForkedCode(code, path) for path in (home, home, link, link)]
    for process in opening:
        assert process.stdout.readline() == "ready\n"
    for process in opening:
        process.stdin.write("\n")
        process.stdin.flush()
    assert {process.communicate(timeout=60) for process in opening} == {"BatchedSqliteEventLogStorage 0 0\n"}
    assert [process.wait() for process in opening] == [0] * 4


def test_what_is_left_of_deleted_runs_does_not_come_back(tmp_path: Path) -> None:
    """SQLite would read a log that a killed process has left into any file of the same name that is not empty."""
    home = prepare_dagster_home(tmp_path)
    runs = home / "history" / "runs.db"
    log = runs.with_name("runs.db-wal")
    with closing(sqlite3.connect(runs)) as connection:
        connection.execute("INSERT INTO kvs (key, value) VALUES ('old', '1')")
        connection.commit()
        left = log.read_bytes()
    for file in (runs, home / "dagster.yaml"):
        file.unlink()
    log.write_bytes(left)
    with dagster_instance(home) as instance:
        assert instance.run_storage.get_cursor_values({"old"}) == {}


def schema(file: Path) -> tuple[object, ...]:
    """The tables, Alembic's revision and the journal's mode."""
    with closing(sqlite3.connect(file)) as connection:
        read = (
            "SELECT type, name, sql FROM sqlite_master ORDER BY name",
            "SELECT * FROM alembic_version",
            "SELECT name, migration_completed IS NULL FROM secondary_indexes ORDER BY name",
            "PRAGMA journal_mode",
        )
        return tuple(connection.execute(statement).fetchall() for statement in read)


def test_a_home_of_an_earlier_version_opens_with_its_history(tmp_path: Path) -> None:
    """Its `dagster.yaml`, which stays as it is, names the module in which the class was then."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(EARLIER, home / "dagster.yaml")
    with dagster_instance(home) as instance:
        assert type(instance.event_log_storage) is BatchedSqliteEventLogStorage
        run(instance)
        before = shown(instance)
    with dagster_instance(home) as instance:
        assert shown(instance) == before
    assert (home / "dagster.yaml").read_bytes() == EARLIER.read_bytes()


@pytest.fixture
def connected() -> Iterator[Counter[tuple[int, str]]]:
    """How often each engine has connected to each file."""
    counted = Counter[tuple[int, str]]()

    def count(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        ((_, _, file),) = cursor.execute("PRAGMA database_list").fetchall()
        counted[id(connection.engine), file] += 1

    event.listen(Engine, "engine_connect", count)
    yield counted
    event.remove(Engine, "engine_connect", count)


def test_one_engine_reads_and_writes_all_files_of_which_two_stay_open(
    connected: Counter[tuple[int, str]], batched: dg.DagsterInstance, tmp_path: Path
) -> None:
    """A new engine for each connection would compile every statement again, and a closed file has no log to append to."""
    folder = tmp_path / "home" / "history" / "runs"
    results = [run(batched) for _ in range(2)]
    engines = Counter[int]()
    for (engine, file), times in connected.items():
        if Path(file).parent == folder:
            engines[engine] += times
    ((shared, times),) = engines.most_common(1)
    assert times > engines.total() / 2  # the others make tables, or ask whether there is one
    files = [str(folder / f"{name}.db") for name in ("index", *(result.run_id for result in results))]
    assert [connected[shared, file] > 0 for file in files] == [True] * 3
    present = {files[0], files[-1]}
    opened = {f"{file}{suffix}" for file in present for suffix in ("", "-wal", "-shm")}
    assert {file for file in open_files() if Path(file).parent == folder} == opened
    assert (folder.parent / "runs.db-wal").exists()
    batched.dispose()
    assert [file for file in open_files() if Path(file).parent == folder] == []
    assert sorted(folder.glob("*.db-wal")) == []


def test_a_page_that_watches_a_run_sees_what_another_process_adds_to_its_open_file(
    batched: dg.DagsterInstance, tmp_path: Path
) -> None:
    """Dagster's web server waits for a change of the file, but new events go to the log next to it."""
    result = run(batched)
    seen, has_come = list[str](), threading.Event()
    page = BatchedSqliteEventLogStorage(str(tmp_path / "home" / "history" / "runs"))

    def look(entry: dg.EventLogEntry, _cursor: str) -> None:
        seen.append(entry.message)
        if entry.message == "the page sees this":
            has_come.set()

    page.watch(result.run_id, None, look)
    batched.report_engine_event("the page sees this", result.dagster_run)
    assert has_come.wait(10), seen
    page.end_watch(result.run_id, look)
    page.dispose()


def test_a_file_that_was_deleted_and_made_again_is_opened_again(tmp_path: Path) -> None:
    """As when runs are wiped while a process is at work."""
    storage = BatchedSqliteEventLogStorage(str(tmp_path))
    file = tmp_path / "index.db"
    with storage.index_connection() as connection:
        connection.execute(text("CREATE TABLE old (id INTEGER)"))
    storage.dispose()
    with storage.index_connection() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM old")).scalar() == 0
    file.unlink()
    BatchedSqliteEventLogStorage(str(tmp_path)).dispose()
    with storage.index_connection() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM sqlite_master WHERE name = 'old'")).scalar() == 0


def test_a_forked_process_opens_its_files_again(tmp_path: Path) -> None:
    """SQLite's locks are not inherited, though an inherited connection believes that it has them."""
    storage = BatchedSqliteEventLogStorage(str(tmp_path))

    def connection() -> object:
        with storage.index_connection() as connected:
            return connected.connection.driver_connection

    connection()  # Dagster's own, which makes the file
    before = connection()
    if not (child := os.fork()):
        try:
            os._exit(int(connection() is before))
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert connection() is before
    storage.dispose()


def test_what_was_committed_is_written_even_if_the_file_is_gone_by_then(tmp_path: Path) -> None:
    """After an error Dagster would write the same events again."""
    storage = BatchedSqliteEventLogStorage(str(tmp_path))
    with storage.index_connection() as connection:
        connection.execute(text("CREATE TABLE own (id INTEGER)"))
    with storage.index_connection() as connection:
        connection.execute(text("INSERT INTO own VALUES (1)"))
        (tmp_path / "index.db").unlink()
    storage.dispose()


def test_a_storage_that_is_disposed_while_a_watcher_reads_leaves_no_file_open(
    batched: dg.DagsterInstance, tmp_path: Path
) -> None:
    result, folder = run(batched), tmp_path / "home" / "history" / "runs"
    page, is_reading = BatchedSqliteEventLogStorage(str(folder)), threading.Event()

    def look(_entry: dg.EventLogEntry, _cursor: str) -> None:
        observer: Any = threading.current_thread()
        is_reading.set()
        wait_until(lambda: not observer.should_keep_running(), seconds=10)
        page.get_records_for_run(result.run_id)

    page.watch(result.run_id, None, look)
    batched.report_engine_event("the page sees this", result.dagster_run)
    assert is_reading.wait(10)
    batched.dispose()
    page.dispose()
    assert [file for file in open_files() if Path(file).parent == folder] == []


def test_a_file_of_runs_that_the_home_does_not_use_stops_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = prepare_dagster_home(tmp_path)
    (home / "history" / "runs.db").write_bytes(b"no database")
    runs = "module: dagster._core.storage.runs, class: SqliteRunStorage, config: {base_dir: elsewhere}"
    with (home / "dagster.yaml").open("a") as config:
        config.write(f"\nrun_storage: {{{runs}}}\n")
    with dagster_instance(home) as instance:
        assert instance.get_runs_count() == 0


def open_files() -> list[str]:
    """The targets of this process's file descriptors."""
    return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


def test_threads_with_different_homes_do_not_mix_their_files(tmp_path: Path) -> None:
    """The engine learns the file from the thread that connects."""
    homes = [tmp_path / name for name in ("one", "two")]
    barrier = threading.Barrier(2, timeout=30)

    def files_of(home: Path) -> set[str]:
        storage = BatchedSqliteEventLogStorage(str(home))
        found = set()
        for _ in range(100):
            barrier.wait()
            with storage.index_connection() as connection:
                found.add(connection.execute(text("PRAGMA database_list")).one()[2])
        return found

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(files_of, homes)) == [{str(home / "index.db")} for home in homes]
