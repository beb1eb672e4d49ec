"""A project in which everything is known: one image is processed, and its rows in the local Encord and in the store are copied.

Each copy has captions and a file hash of its own, since work on equal ones is done once.
"""

import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from benchmarks.scene import Scene
from judge_pipeline.domain.tag import tag_for

AGO = timedelta(days=2)
"""The copies look as old as those of a project that has existed for a while."""


def copy_processed_image(found: Scene, images: int) -> list[str]:
    """Makes the project of the scene, with its one image in review, one of so many images; returns all Tags."""
    project = found.pipeline.project_hash
    with closing(_opened(found.folder / "encord" / "encord.sqlite3")) as encord:
        rows = [dict(row) for row in encord.execute("SELECT * FROM items ORDER BY seq")]
        first = tag_for(project_hash=project, item_uuid=rows[0]["uuid"])
        renamings = list(_renamings(encord, first, rows[0]["uuid"], project, images - 1))
        with encord:
            for table, key in (("items", "uuid"), ("data_rows", "uuid"), ("tasks", "uuid"), ("label_rows", "hash")):
                _copy(encord, table, key, renamings)
    database = found.pipeline.database_url.removeprefix("sqlite:///")
    with closing(_opened(Path(database))) as store, store:
        values = " ".join(row[0] for row in store.execute("SELECT value FROM judge_pipeline_results"))
        own = {*re.findall(r"Picture (\d+)", values), *re.findall(r'"sha256":"(\w+)"', values)}
        for names in renamings:
            names |= {name: f"{random.getrandbits(256):064x}"[-len(name) :] for name in own}
        _copy(store, "judge_pipeline_results", "tag", renamings)
        store.execute("DELETE FROM judge_pipeline_sync_cursors")  # the copies are to be found
    return [str(first), *(each[first] for each in renamings)]


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=60)
    connection.row_factory = sqlite3.Row
    return connection


def _renamings(encord: sqlite3.Connection, tag: str, item: str, project: str, count: int) -> Iterator[dict[str, str]]:
    """What each copy has in the place of the original's names."""
    named = [
        row[0]
        for table, key in (("items", "uuid"), ("data_rows", "uuid"), ("tasks", "uuid"), ("label_rows", "hash"))
        for row in encord.execute(f"SELECT {key} FROM {table}")
    ]
    for number in range(1, count + 1):
        names = {name: str(uuid4()) for name in named}
        yield {**names, tag: tag_for(project_hash=project, item_uuid=names[item]), "000000.jpg": f"{number:06}.jpg"}


def _copy(database: sqlite3.Connection, table: str, key: str, renamings: list[dict[str, str]]) -> None:
    originals = [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY rowid")]
    columns = [column for column in originals[0] if column != "seq"]
    inserted = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    aged = [{name: _aged(name, value) for name, value in row.items()} for row in originals]
    copies = ([_renamed(row[column], names) for column in columns] for names in renamings for row in aged)
    database.executemany(inserted, copies)


def _aged(column: str, value: object) -> object:
    if not column.endswith("_at") or not isinstance(value, str):
        return value
    return (datetime.fromisoformat(value) - AGO).isoformat()


def _renamed(value: object, names: dict[str, str]) -> object:
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, new)
    return value
