"""Mirror datasets: their rows are the items of one folder, the backing folder."""

import sqlite3
from collections.abc import Sequence

from judge_pipeline.local.encord import data_rows
from judge_pipeline.local.encord.database import each
from judge_pipeline.local.encord.errors import InvalidArguments


def join(db: sqlite3.Connection, items: Sequence[str], folder: str) -> None:
    """Link items that came into a folder to the dataset that mirrors it, if there is one."""
    mirror = db.execute("SELECT uuid FROM datasets WHERE folder = ?", (folder,)).fetchone()
    if mirror is not None:
        data_rows.link(db, mirror["uuid"], items, "SKIP")


def leave(db: sqlite3.Connection, items: Sequence[str], destination: str, *, is_allowed: bool) -> None:
    """Take items that go to another folder out of the mirror of theirs, with tasks and labels; InvalidArguments unless allowed."""
    rows = db.execute(
        """SELECT r.uuid, r.item, d.uuid AS dataset FROM data_rows r JOIN datasets d ON d.uuid = r.dataset
           JOIN items i ON i.uuid = r.item AND i.folder = d.folder
           WHERE r.item IN (SELECT value FROM json_each(?)) AND d.folder <> ?""",
        (each(items), destination),
    ).fetchall()
    if rows and not is_allowed:
        raise InvalidArguments(
            f"storage item {rows[0]['item']} belongs to the mirror dataset {rows[0]['dataset']} and would leave it, "
            "with its labels; allow changes of mirror datasets to move it"
        )
    for row in rows:
        data_rows.unlink(db, row["dataset"], [row["uuid"]], delete_files=False)
