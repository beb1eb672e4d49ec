"""PostgreSQL's own reasons for not being usable: each one sentence, none with a password in it."""

import traceback
from collections.abc import Iterator

import psycopg
import pytest

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import StoreUnavailable, UnfitValue
from judge_pipeline.store.store import Store
from judge_pipeline_tests.servers import UNREACHABLE_PORT
from judge_pipeline_tests.store.conftest import lease_on
from judge_pipeline_tests.store.postgresql_server import PASSWORD, PostgresqlServer

END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


@pytest.fixture
def database(postgresql: PostgresqlServer) -> Iterator[str]:
    with postgresql.database() as name:
        yield name


def refusal(url: str) -> str:
    """Why a store does not open; nothing that is shown of it, in a traceback neither, holds a password."""
    with pytest.raises(StoreUnavailable) as raised:
        Store.open(url)
    shown = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in shown
    assert "wrong-canary" not in shown
    assert "\n" not in str(raised.value)
    return str(raised.value)


def with_password(server: PostgresqlServer, database: str, password: str) -> str:
    return server.url(database, user=f"careful:{password}")


def test_both_ways_to_write_the_address_open_the_same_store(postgresql: PostgresqlServer, database: str) -> None:
    url = postgresql.url(database)
    project = Store.open(url).project("p")
    project.save_result("usage", lease_on(project, Tag("t")), Usage(1))

    other = Store.open(url.replace("postgresql://", "postgresql+psycopg://"))

    assert other.project("p").result_counts() == {"usage": 1}


def test_a_password_opens_the_store_and_is_not_in_its_name(postgresql: PostgresqlServer, database: str) -> None:
    postgresql.execute(f"ALTER DATABASE {database} OWNER TO careful")
    store = Store.open(with_password(postgresql, database, PASSWORD))

    assert store.project("p").result_counts() == {}
    assert PASSWORD not in repr(vars(store._database))


def test_a_wrong_password_is_reported_without_the_password(postgresql: PostgresqlServer, database: str) -> None:
    said = refusal(with_password(postgresql, database, "wrong-canary"))

    assert "password authentication failed" in said
    assert (
        "check that the server runs, and check host, user, password and database in JUDGE_PIPELINE_DATABASE_URL" in said
    )


def test_a_password_among_the_options_is_not_shown_either(postgresql: PostgresqlServer, database: str) -> None:
    said = refusal(f"{postgresql.url(database, user='careful')}&password=wrong-canary")

    assert "password authentication failed" in said


def test_a_user_without_rights_learns_which_are_missing(postgresql: PostgresqlServer, database: str) -> None:
    postgresql.execute_in(database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    said = refusal(with_password(postgresql, database, PASSWORD))

    assert "permission denied for schema public" in said
    assert "its user may not create or write the tables; grant it" in said


def test_a_database_that_is_not_there_is_named(postgresql: PostgresqlServer) -> None:
    assert "the store 'nowhere' on /" in refusal(postgresql.url("nowhere"))
    assert 'database "nowhere" does not exist' in refusal(postgresql.url("nowhere"))


def test_a_server_that_is_not_there_is_named() -> None:
    said = refusal(f"postgresql://me:wrong-canary@127.0.0.1:{UNREACHABLE_PORT}/store")

    assert f"the store 'store' on 127.0.0.1:{UNREACHABLE_PORT} cannot be used" in said
    assert "Connection refused" in said


def test_an_option_that_the_driver_does_not_know_is_named(postgresql: PostgresqlServer, database: str) -> None:
    assert 'invalid connection option "colour"' in refusal(f"{postgresql.url(database)}&colour=red")


def test_a_read_only_server_is_reported(postgresql: PostgresqlServer, database: str) -> None:
    postgresql.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")

    assert "the server is read-only; use its primary" in refusal(postgresql.url(database))


def test_a_connection_that_ends_while_writing_leaves_nothing_half_written(
    postgresql: PostgresqlServer, database: str
) -> None:
    store = Store.open(postgresql.url(database))
    project = store.project("p")

    def write_and_be_cut_off() -> None:
        with store._database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM judge_pipeline_leases")
            postgresql.execute(END_CONNECTIONS.format(database))
            connection.exec_driver_sql("SELECT 1")

    lease = lease_on(project, Tag("t"))
    with pytest.raises(StoreUnavailable, match="the server closed the connection; run again when it is back"):
        write_and_be_cut_off()

    project.leases.check([lease])


def test_connections_that_the_server_ends_are_replaced(postgresql: PostgresqlServer, database: str) -> None:
    """It was restarted, or a firewall forgot them: what comes next is not lost to that."""
    project = Store.open(postgresql.url(database)).project("p")
    lease = lease_on(project, Tag("t"))

    postgresql.execute(END_CONNECTIONS.format(database))
    project.save_result("usage", lease, Usage(1))

    assert project.result_counts() == {"usage": 1}


def test_a_row_that_another_process_keeps_locked_is_waited_for_and_then_reported(
    postgresql: PostgresqlServer, database: str
) -> None:
    project = Store.open(f"{postgresql.url(database)}&options=-c%20lock_timeout=200").project("p")
    lease = lease_on(project, Tag("t"))
    with psycopg.connect(host=str(postgresql.folder), user="postgres", dbname=database) as other:
        other.execute("SELECT * FROM judge_pipeline_leases FOR UPDATE")

        with pytest.raises(StoreUnavailable, match=r"lock timeout.*another process has been writing for too long"):
            project.save_result("usage", lease, Usage(1))

    project.save_result("usage", lease, Usage(1))


def test_a_process_that_stalls_while_writing_locks_no_one_out(postgresql: PostgresqlServer, database: str) -> None:
    url = f"{postgresql.url(database)}&options=-c%20idle_in_transaction_session_timeout=200"
    stalled, other = Store.open(url), Store.open(postgresql.url(database)).project("p")
    lease = lease_on(other, Tag("t"))

    def write_slowly() -> None:
        with stalled._database.writing() as connection:
            stalled.project("p").leases.lock(connection, [lease])
            other.leases.release([lease])
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreUnavailable, match="this process stalled while writing; run again"):
        write_slowly()

    assert set(other.leases.acquire([Tag("t")], holder="next", seconds=60)) == {"t"}


def test_a_tag_with_nul_is_refused(postgresql: PostgresqlServer, database: str) -> None:
    with pytest.raises(UnfitValue, match=r"a value cannot be saved: .*NUL"):
        Store.open(postgresql.url(database)).project("p").leases.acquire([Tag("a\0b")], holder="first", seconds=60)
