"""SQLAlchemy engines for both databases: connecting, beginning transactions, waiting for locks."""

import json
import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from judge_pipeline.store.address import Address
from judge_pipeline.store.errors import StoreUnavailable, UnfitValue

LOCK_WAIT_SECONDS = 30
"""How long a writer waits for other processes. The pipeline's own transactions hold locks for milliseconds."""

STALLED_SECONDS = 15
"""A process that idles this long inside a transaction is stalled: PostgreSQL ends its session before the others that wait for
its locks give up."""

CONNECT_SECONDS = 10

CONNECTIONS = 8
"""Maximum per process: PostgreSQL accepts 100 in total by default, and ten concurrent runs should fit."""

WRITES = "judge_pipeline_writes"


def make_engine(address: Address) -> Engine:
    """An engine that has not connected yet; creates the folder of an SQLite file.

    Raises:
        StoreUnavailable: the folder cannot be created, or the driver is not installed.
    """
    return _sqlite_engine(address) if address.is_sqlite else _postgresql_engine(address)


def make_reading_engine(address: Address) -> Engine:
    """An engine that cannot write: the database refuses it.

    Raises:
        StoreUnavailable: there is no such SQLite file, or the driver is not installed.
    """
    if not address.is_sqlite:
        return _postgresql_engine(address).execution_options(postgresql_readonly=True)
    if not address.file.is_file():
        raise StoreUnavailable(f"expected a store at {address}, found no file")
    uri = (
        f"{address.file.absolute().as_uri()}?mode=rw"  # opened as `ro` it would leave the files of the write-ahead log
    )

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_SECONDS, check_same_thread=False)
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")
        return connection

    engine = create_engine(address.url, creator=connect)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(address: Address) -> Engine:
    try:
        engine = create_engine(
            address.url,
            json_serializer=_json,
            isolation_level="READ COMMITTED",
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=LOCK_WAIT_SECONDS,
            pool_pre_ping=True,
            connect_args={} if "connect_timeout" in address.url.query else {"connect_timeout": CONNECT_SECONDS},
        )
    except ImportError as error:
        raise StoreUnavailable(
            f"the store {address} needs PostgreSQL's driver ({error.name or 'psycopg'}): pip install 'judge-pipeline[postgres]'"
        ) from error
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # For this transaction only, as poolers require; settings of the URL, the role or the server take precedence.
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql(
            "SELECT set_config(name, wait, true) FROM (VALUES ('lock_timeout', %s), "
            "('idle_in_transaction_session_timeout', %s)) AS ours (name, wait) WHERE current_setting(name) = '0'",
            (f"{LOCK_WAIT_SECONDS}s", f"{STALLED_SECONDS}s"),
        )


def _sqlite_engine(address: Address) -> Engine:
    folder = address.file.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the store's folder {folder} cannot be created: {error.strerror}") from error
    waiting = {} if "timeout" in address.url.query else {"timeout": LOCK_WAIT_SECONDS}
    engine = create_engine(address.url, json_serializer=_json, connect_args=waiting)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _json(value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UnfitValue(f"a value cannot be saved: {error}") from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin too late; _begin_sqlite does it instead
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _switch_to_wal(connection: Any) -> None:
    # SQLite does not wait if another process is switching a new file at the same time, so this loop does.
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first fails at once if another one writes before it does; IMMEDIATE waits instead.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
