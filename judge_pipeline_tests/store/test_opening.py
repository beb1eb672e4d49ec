"""A store that cannot be opened or used says why in one sentence, and what to do."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import SchemaMismatch, StoreDamaged, StoreError, StoreUnavailable
from judge_pipeline.store.store import Store


def test_an_opened_store_made_its_folder_and_is_found_again(url: str, tmp_path: Path) -> None:
    first = Store.open(url)
    first.project("p").record("usage", Tag("t"), Usage(1))
    first.close()

    assert Store.open(url).project("p").results("usage", Usage) == {Tag("t"): Usage(1)}
    assert (tmp_path / "deep" / "down" / "store.db").is_file()


def test_a_store_of_another_version_is_refused_with_both_versions(url: str) -> None:
    Store.open(url).close()
    with create_engine(url).begin() as connection:
        connection.execute(text("UPDATE judge_pipeline_schema_version SET version = 7"))

    with pytest.raises(SchemaMismatch, match=r"has schema version 7, this judge-pipeline reads version 1: use"):
        Store.open(url)


def test_a_file_that_is_no_database_is_called_so(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_text("This is my diary, and no database. " * 200)

    with pytest.raises(
        StoreDamaged, match=r"store\.db is not a whole SQLite database .*: restore a copy of the file, or"
    ):
        Store.open(f"sqlite:///{file}")

    assert file.read_text().startswith("This is my diary")


def test_a_store_whose_middle_was_overwritten_is_called_damaged(url: str) -> None:
    project = Store.open(url).project("p")
    project.record_all("usage", {Tag(f"{number:05}"): Usage(number) for number in range(5_000)})
    path = Path(url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole[:8_192] + b"\xff" * (len(whole) - 8_192))

    with pytest.raises(StoreDamaged, match="restore a copy"):
        Store.open(url).project("p").results("usage", Usage)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file")

    with pytest.raises(StoreUnavailable, match=r"the store's folder .*/occupied/here cannot be made: Not a directory"):
        Store.open(f"sqlite:///{tmp_path}/occupied/here/store.db")


def test_a_path_that_is_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"unable to open database file.*check that its folder exists"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_writer_that_never_ends_is_reported_as_another_process(url: str) -> None:
    project = Store.open(f"{url}?timeout=0.05").project("p")
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match=r"database is locked.*another process has been writing for too long"):
        project.record("usage", Tag("t"), Usage())

    other.execute("ROLLBACK")
    project.record("usage", Tag("t"), Usage())
    other.close()


def test_a_full_disk_stops_the_write_and_loses_nothing_acknowledged(url: str) -> None:
    """SQLite's own page limit ends in the same error as a disk without room."""
    project = Store.open(url).project("p")
    project.record("usage", Tag("before"), Usage(1))
    with project._database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StoreUnavailable, match="the disk is full; free some space"):
        project.record_all("usage", {Tag(str(number)): Usage(number) for number in range(10_000)})

    assert project.results("usage", Usage) == {Tag("before"): Usage(1)}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("store.db", "the store's address is not a database URL: expected sqlite:///PATH or postgresql"),
        ("mysql://me:secret@host/db", "the store cannot be a 'mysql' database: expected sqlite:///PATH or postgresql"),
        ("sqlite://", "the store cannot be in memory"),
        ("sqlite:///:memory:", "the store cannot be in memory"),
    ],
)
def test_an_address_that_is_none_says_what_was_expected(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as raised:
        Store.open(url)

    assert "secret" not in str(raised.value)
