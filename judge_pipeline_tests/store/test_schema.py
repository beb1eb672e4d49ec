"""The tables come from revisions: a new store, an older one and a newer one."""

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.address import Address
from judge_pipeline.store.errors import SchemaMismatch
from judge_pipeline.store.store import Store
from judge_pipeline.store.tables import REVISION, REVISION_TABLE, metadata
from judge_pipeline_tests.forked import ForkedCode
from judge_pipeline_tests.store.conftest import NewDatabase, lease_on

BEFORE_REVISIONS = """
CREATE TABLE judge_pipeline_schema_version (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO judge_pipeline_schema_version VALUES (1);
CREATE TABLE judge_pipeline_answers (project TEXT NOT NULL, fingerprint TEXT NOT NULL, purpose TEXT NOT NULL,
    text JSON NOT NULL, model JSON NOT NULL, prompt_tokens INTEGER, completion_tokens INTEGER, cost_usd FLOAT,
    seconds FLOAT NOT NULL, kept_at TEXT NOT NULL, PRIMARY KEY (project, fingerprint));
INSERT INTO judge_pipeline_answers VALUES ('p', 'f', 'captions_8b', '"A cat."', '"m"', 10, 3, NULL, 0.5, '2026');
CREATE TABLE judge_pipeline_results (project TEXT NOT NULL, asset TEXT NOT NULL, tag TEXT NOT NULL,
    value TEXT NOT NULL, recorded_at TEXT NOT NULL, PRIMARY KEY (project, asset, tag));
INSERT INTO judge_pipeline_results VALUES ('p', 'usage', 't', '{"prompt_tokens":7,"completion_tokens":null}', '2026');
CREATE TABLE judge_pipeline_leases (project TEXT NOT NULL, tag TEXT NOT NULL, holder TEXT NOT NULL,
    expires_at TEXT NOT NULL, PRIMARY KEY (project, tag));
INSERT INTO judge_pipeline_leases VALUES ('p', 't', 'killed', '2999-01-01T00:00:00.000000+00:00');
"""

OPENER = """
import sys
from judge_pipeline.store.store import Store
sys.stdin.readline()
print(Store.open(sys.argv[1]).project("p").result_counts())
"""


def engine_for(url: str) -> Engine:
    return create_engine(Address.read(url).url)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", "judge_pipeline.store:migrations")
    return config


def upgrade_to(url: str, revision: str) -> None:
    """Makes the tables of a version by the revisions up to it."""
    config = alembic_config()
    with engine_for(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def revision_of(url: str) -> list[str]:
    with engine_for(url).connect() as connection:
        return list(connection.scalars(text(f"SELECT version_num FROM {REVISION_TABLE}")))


def tables_at(url: str) -> Any:
    """What the database says of each table: its columns, primary key and indexes."""
    inspector = inspect(engine_for(url))
    return {
        name: (
            sorted(
                (each["name"], str(each["type"]), each["nullable"], each["default"])
                for each in inspector.get_columns(name)
            ),
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(inspector.get_indexes(name), key=str),
        )
        for name in inspector.get_table_names()
    }


def test_a_new_store_has_the_tables_that_the_revisions_make(new_database: NewDatabase) -> None:
    """It is made without them, which is quicker."""
    with new_database() as url, new_database() as upgraded:
        Store.open(url).close()
        upgrade_to(upgraded, REVISION)
        assert tables_at(url) == tables_at(upgraded)


def test_the_revisions_make_exactly_the_tables_that_the_code_knows(url: str) -> None:
    upgrade_to(url, REVISION)

    with engine_for(url).connect() as connection:
        options = {"version_table": REVISION_TABLE, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_code_knows_the_last_revision_and_there_is_one_line_of_them() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [REVISION]


def test_a_new_store_notes_its_revision_under_a_name_that_dagster_does_not_use(url: str) -> None:
    Store.open(url).close()

    assert revision_of(url) == [REVISION]
    assert "alembic_version" not in inspect(engine_for(url)).get_table_names()


def test_a_store_from_before_revisions_is_upgraded_and_keeps_what_it_knows(url: str) -> None:
    with engine_for(url).begin() as connection:
        for statement in BEFORE_REVISIONS.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)

    project = Store.open(url).project("p")

    assert project.results("usage", Usage) == {Tag("t"): Usage(7, None)}
    assert project.find_answer("f") == ModelAnswer("A cat.", "m", Usage(10, 3), 0.5)
    project.save_result("usage", lease_on(project, Tag("t")), Usage(8))
    assert "judge_pipeline_schema_version" not in inspect(engine_for(url)).get_table_names()


def test_the_sync_cursors_of_a_store_that_called_them_looks_are_kept(url: str) -> None:
    """Without its cursor the next sync would read the whole project again."""
    upgrade_to(url, "0005")
    with engine_for(url).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO judge_pipeline_looks (project, what, cursor, looked_at) "
            "VALUES ('p', 'final_choices', 'until noon', '2026')"
        )

    cursors = Store.open(url).project("p").sync_cursors

    assert cursors.get("final_choices") == "until noon"
    assert "judge_pipeline_looks" not in inspect(engine_for(url)).get_table_names()
    cursors.save("final_choices", "until one")
    assert cursors.get("final_choices") == "until one"


def test_a_store_from_before_identities_gets_one_and_keeps_it(url: str) -> None:
    upgrade_to(url, "0006")

    first = Store.open(url).project("p").identity

    assert Store.open(url).project("q").identity == first
    assert revision_of(url) == [REVISION]


def test_a_store_of_a_newer_version_is_refused_with_both_revisions_and_left_alone(url: str) -> None:
    Store.open(url).close()
    with engine_for(url).begin() as connection:
        connection.execute(text(f"UPDATE {REVISION_TABLE} SET version_num = '9000'"))

    with pytest.raises(
        SchemaMismatch,
        match=rf"has schema revision 9000, but this judge-pipeline only knows revisions up to {REVISION}: use",
    ):
        Store.open(url)

    assert revision_of(url) == ["9000"]


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(url: str) -> None:
    """A view in the way of a table: both databases take back what the revisions had made before."""
    with engine_for(url).begin() as connection:
        connection.execute(text("CREATE VIEW judge_pipeline_leases AS SELECT 1 AS project"))

    with pytest.raises(Exception, match="judge_pipeline_leases"):
        Store.open(url)

    assert inspect(engine_for(url)).get_table_names() == []


def test_dagsters_own_tables_in_the_same_database_are_left_alone(url: str) -> None:
    with engine_for(url).begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of dagster')"))

    Store.open(url).close()
    Store.open(url).close()

    with engine_for(url).connect() as connection:
        assert connection.scalars(text("SELECT version_num FROM alembic_version")).all() == ["of dagster"]


@pytest.mark.slow
def test_two_processes_may_open_an_empty_database_at_once(url: str) -> None:
    openers = [ForkedCode(OPENER, url) for _ in range(2)]
    for opener in openers:
        opener.stdin.write("go\n")
        opener.stdin.flush()

    assert [(opener.communicate(timeout=60), opener.wait()) for opener in openers] == [("{}\n", 0)] * 2
    assert revision_of(url) == [REVISION]
