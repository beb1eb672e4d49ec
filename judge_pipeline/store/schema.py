"""The schema revision: creates the tables of a new store, upgrades an older one, refuses a newer one."""

import threading

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, func, insert, inspect, select

from judge_pipeline.store.errors import SchemaMismatch
from judge_pipeline.store.tables import REVISION, REVISION_TABLE, metadata

POSTGRESQL_LOCK = 0x6A756467655F7069
"""The advisory lock that serialises upgrades: the first letters of the package's name."""

_revisions = Table(
    REVISION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{REVISION_TABLE}_pkc"),
)
"""As Alembic makes it."""

_one_at_a_time = threading.Lock()
"""Alembic keeps one current migration per process."""


def is_current(connection: Connection) -> bool:
    """Whether the store has this package's revision."""
    return _found(connection) == REVISION


def upgrade(connection: Connection, *, where: str) -> None:
    """Creates the tables, or runs the missing revisions, in the connection's transaction, one process at a time.

    Alembic is for older stores: importing it takes 0.3 s, and its revisions make a new store in 28 ms, this in 5 ms.
    SQLite has a single writer anyway; on PostgreSQL an advisory lock makes the others wait.

    Raises:
        SchemaMismatch: a newer version of this package made the store.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(POSTGRESQL_LOCK)))
    found = _found(connection)
    if found == REVISION:
        return  # another process was quicker
    if found is None and metadata.tables.keys().isdisjoint(inspect(connection).get_table_names()):
        _revisions.create(connection)
        metadata.create_all(connection, checkfirst=False)
        connection.execute(insert(_revisions).values(version_num=REVISION))
        return
    from alembic.command import upgrade as run_revisions
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "judge_pipeline.store:migrations")
    config.attributes["connection"] = connection
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"{_newer(found, where)} that made it, or set JUDGE_PIPELINE_DATABASE_URL to a new database"
        )
    with _one_at_a_time:
        run_revisions(config, REVISION)


def refuse_other_revision(connection: Connection, *, where: str) -> None:
    """For those who only read.

    Raises:
        SchemaMismatch: the store's revision is not this package's, or it has none.
    """
    found = _found(connection)
    if found is None:
        raise SchemaMismatch(f"expected a store of judge-pipeline at {where}, found a database without its tables")
    if found > REVISION:
        raise SchemaMismatch(f"{_newer(found, where)}")
    if found < REVISION:
        raise SchemaMismatch(
            f"the store {where} has schema revision {found}, but this judge-pipeline reads {REVISION}: run another command, "
            "such as `judge-pipeline report`, with that store once, which upgrades it"
        )


def _newer(found: str, where: str) -> str:
    return (
        f"the store {where} has schema revision {found}, but this judge-pipeline only knows revisions up to {REVISION}: "
        "use the newer judge-pipeline"
    )


def _found(connection: Connection) -> str | None:
    if not inspect(connection).has_table(REVISION_TABLE):
        return None
    return connection.scalar(select(_revisions.c.version_num))
