"""A store that is only read stays as it is, and what is none is refused."""

from pathlib import Path

import pytest
from sqlalchemy import text

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import SchemaMismatch, StoreDamaged, StoreUnavailable
from judge_pipeline.store.store import Store
from judge_pipeline.store.tables import REVISION_TABLE
from judge_pipeline_tests.store.conftest import lease_on, leases_on
from judge_pipeline_tests.store.test_schema import engine_for

CAPTION = Caption(Tag("t"), Captioner.LLM_8B, "A cat.", "m", "v", Spent())


def test_it_lists_the_projects_with_captions_and_writes_nothing(url: str) -> None:
    store = Store.open(url)
    for name in ("p2", "p1"):
        project = store.project(name)
        project.save_result("captions_8b", lease_on(project, Tag("t")), CAPTION)
    store.project("p3").leases.acquire([Tag("t")], holder="h", seconds=60)
    store.close()
    reading = Store.open_to_read(url)

    assert reading.projects == ["p1", "p2"]
    assert reading.project("p1").results("captions_8b", Caption) == {Tag("t"): CAPTION}
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        leases_on(reading.project("p1"), Tag("t"))
    reading.close()


def test_a_file_stays_as_it_was_and_no_other_appears(sqlite_url: str, tmp_path: Path) -> None:
    Store.open(sqlite_url).close()
    file = tmp_path / "deep" / "down" / "store.db"
    before = file.read_bytes()

    reading = Store.open_to_read(sqlite_url)
    assert reading.projects == []
    reading.close()

    assert list(file.parent.iterdir()) == [file]
    assert file.read_bytes() == before


def test_what_is_not_there_is_not_created(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"expected a store at .*store\.db, found no file"):
        Store.open_to_read(sqlite_url)
    assert list(tmp_path.iterdir()) == []


def test_other_databases_and_revisions_are_refused(url: str, tmp_path: Path) -> None:
    empty = engine_for(url)
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE other (id INTEGER)"))
    empty.dispose()
    with pytest.raises(SchemaMismatch, match="found a database without its tables"):
        Store.open_to_read(url)
    Store.open(url).close()
    for revision, sentence in (("0003", "run another command, such as `judge-pipeline report`"), ("9999", "newer")):
        engine = engine_for(url)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE {REVISION_TABLE} SET version_num = '{revision}'"))
        engine.dispose()
        with pytest.raises(SchemaMismatch, match=sentence):
            Store.open_to_read(url)
    diary = tmp_path / "diary"
    diary.write_text("This is my diary, and no database. " * 200)
    with pytest.raises(StoreDamaged, match="not an intact database"):
        Store.open_to_read(f"sqlite:///{diary}")
