"""A store that cannot be opened or used says why in one sentence, and what to do; SQLite's own reasons."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import StoreDamaged, StoreError, StoreUnavailable
from judge_pipeline.store.network_files import network_kind
from judge_pipeline.store.store import Store
from judge_pipeline_tests.forked import ForkedCode
from judge_pipeline_tests.store.conftest import lease_on, leases_on

UNPRIVILEGED_USER = 65_534

READER = """
import os, sys
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.store import Store
os.setuid(int(sys.argv[2]))
try:
    project = Store.open(sys.argv[1]).project("p")
    print(project.result_counts())
    project.leases.acquire(["t"], holder="reader", seconds=1)
except StoreError as error:
    print(error)
"""


def test_an_opened_store_made_its_folder_and_is_found_again(sqlite_url: str, tmp_path: Path) -> None:
    first = Store.open(sqlite_url)
    project = first.project("p")
    project.save_result("usage", lease_on(project, Tag("t")), Usage(1))
    first.close()

    assert Store.open(sqlite_url).project("p").results("usage", Usage) == {Tag("t"): Usage(1)}
    assert (tmp_path / "deep" / "down" / "store.db").is_file()


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_text("This is my diary, and no database. " * 200)

    with pytest.raises(StoreDamaged, match=r"store\.db is not an intact database .*: restore a copy, or"):
        Store.open(f"sqlite:///{file}")

    assert file.read_text().startswith("This is my diary")


def test_a_store_whose_middle_was_overwritten_is_reported_as_damaged(sqlite_url: str) -> None:
    project = Store.open(sqlite_url).project("p")
    leases = leases_on(project, *(Tag(f"{number:05}") for number in range(5_000)))
    project.save_results("usage", {lease: Usage(number) for number, lease in enumerate(leases.values())})
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole[:8_192] + b"\xff" * (len(whole) - 8_192))

    with pytest.raises(StoreDamaged, match="restore a copy"):
        Store.open(sqlite_url).project("p").results("usage", Usage)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file")

    with pytest.raises(
        StoreUnavailable, match=r"the store's folder .*/occupied/here cannot be created: Not a directory"
    ):
        Store.open(f"sqlite:///{tmp_path}/occupied/here/store.db")


def test_a_path_that_is_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"unable to open database file.*check that its folder exists"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_writer_that_never_ends_is_reported_as_another_process(sqlite_url: str) -> None:
    project = Store.open(f"{sqlite_url}?timeout=0.05").project("p")
    lease = lease_on(project, Tag("t"))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match=r"database is locked.*another process has been writing for too long"):
        project.save_result("usage", lease, Usage())

    other.execute("ROLLBACK")
    project.save_result("usage", lease, Usage())
    other.close()


def test_a_full_disk_stops_the_write_and_loses_nothing_acknowledged(sqlite_url: str) -> None:
    """SQLite's own page limit ends in the same error as a disk without room."""
    project = Store.open(sqlite_url).project("p")
    leases = leases_on(project, Tag("before"), *(Tag(str(number)) for number in range(10_000)))
    project.save_result("usage", leases.pop(Tag("before")), Usage(1))
    with project._database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StoreUnavailable, match="the disk is full; free some space"):
        project.save_results("usage", {lease: Usage(number) for number, lease in enumerate(leases.values())})

    assert project.results("usage", Usage) == {Tag("before"): Usage(1)}


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user may read. pytest's own are closed, and closed again whenever another pytest starts."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user, who may not write")
def test_a_store_of_another_user_is_reported_as_read_only(public_folder: Path) -> None:
    file = public_folder / "store.db"
    Store.open(f"sqlite:///{file}").close()
    said = ForkedCode(READER, f"sqlite:///{file}", UNPRIVILEGED_USER).communicate(timeout=60)

    assert said.startswith(f"the store {file} cannot be used (attempt to write a readonly database)")
    assert "it is read-only; change its owner or permissions" in said


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("store.db", "the store's address is not a database URL: expected sqlite:///PATH or postgresql"),
        ("mysql://me:secret@host/db", "the store cannot be a 'mysql' database: expected sqlite:///PATH or postgresql"),
        ("postgresql+psycopg2://me:secret@host/db", r"cannot be a 'postgresql\+psycopg2' database: expected"),
        ("postgresql://me:secret@host:secret/db", "the store's address is not a database URL"),
        ("postgresql://me:mine@secret@host/db", "one @ too many: write @ in a user or password as %40"),
        ("sqlite://", "the store cannot be in memory"),
        ("sqlite:///:memory:", "the store cannot be in memory"),
        ("sqlite:///file:store.db?uri=true", "SQLite's own URI format"),
    ],
)
def test_an_invalid_address_says_what_was_expected(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as raised:
        Store.open(url)

    assert "secret" not in str(raised.value)


MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
filer:/home /home nfs4 rw,vers=4.2 0 0
/dev/vdb /home/me/fast ext4 rw 0 0
//server/share /mnt/My\\040Share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/store.db", None),
        ("/home/me/project/.judge_pipeline/store.db", "nfs4"),
        ("/home/me/fast/store.db", None),
        ("/mnt/My Share/store.db", "cifs"),
        ("/homely/store.db", None),
    ],
)
def test_a_file_on_a_network_file_system_is_noticed(path: str, kind: str | None) -> None:
    assert network_kind(Path(path), MOUNTS) == kind
