"""Data rows: the storage items of a dataset, each with a task in every project of the dataset. A mirror dataset's rows are
the items of one folder, its backing folder."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Literal
from uuid import uuid4

from judge_pipeline.local.encord import storage_items, tasks, times
from judge_pipeline.local.encord.access import ADMIN
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import AlreadyExists, InvalidArguments, NotAuthorised
from judge_pipeline.local.encord.exchange import Call

DuplicatesBehavior = Literal["SKIP", "DUPLICATE", "FAIL"]

DATA_TYPES = {
    "image": "IMAGE",
    "plainText": "PLAIN_TEXT",
    "video": "VIDEO",
    "imageGroup": "IMG_GROUP",
    "imageSequence": "IMG_GROUP",
    "pdf": "PDF",
    "audio": "AUDIO",
    "group": "GROUP",
}
"""The v1 name of each storage item type; label rows write it in lower case."""

COLUMNS = """r.seq, r.uuid, r.dataset, r.title, r.created_at, r.edited_at, i.uuid AS item, i.type, i.object_key,
             i.file_size, i.mime_type, i.width, i.height, i.client_metadata_json, i.media_json"""


def link(
    db: sqlite3.Connection, dataset: str, items: Sequence[str], duplicates: DuplicatesBehavior
) -> list[sqlite3.Row]:
    """Add storage items to a dataset; returns only the new rows, in the order of `items`.

    For items that are already in the dataset: SKIP leaves them out, DUPLICATE adds them again, FAIL raises AlreadyExists
    and adds nothing.
    """
    existing = {
        row["item"]
        for row in db.execute(
            "SELECT item FROM data_rows WHERE dataset = ? AND item IN (SELECT value FROM json_each(?))",
            (dataset, json_list(items)),
        )
    }
    if duplicates == "FAIL" and existing:
        raise AlreadyExists(f"dataset {dataset} already has data rows for storage items {sorted(existing)}")
    wanted = (
        list(items) if duplicates == "DUPLICATE" else [item for item in dict.fromkeys(items) if item not in existing]
    )
    uuids = [str(uuid4()) for _ in wanted]
    at = times.now()
    db.executemany(
        """INSERT INTO data_rows (uuid, dataset, item, title, created_at, edited_at)
           SELECT ?, ?, uuid, name, ?, ? FROM items WHERE uuid = ?""",
        [(uuid, dataset, at, at, item) for uuid, item in zip(uuids, wanted, strict=True)],
    )
    projects = db.execute("SELECT project FROM project_datasets WHERE dataset = ?", (dataset,)).fetchall()
    for row in projects:
        tasks.create(db, row["project"], uuids)
    return by_hash(db, uuids)


def by_hash(db: sqlite3.Connection, uuids: Sequence[str]) -> list[sqlite3.Row]:
    """Data rows with the columns of their items, oldest first."""
    return db.execute(
        f"""SELECT {COLUMNS} FROM data_rows r JOIN items i ON i.uuid = r.item
            WHERE r.uuid IN (SELECT value FROM json_each(?)) ORDER BY r.seq""",  # noqa: S608 - constant text
        (json_list(uuids),),
    ).fetchall()


def of_dataset(db: sqlite3.Connection, dataset: str, uuids: Sequence[str]) -> sqlite3.Row:
    """The first of these data rows that is in the dataset, with the columns of its item; NotAuthorised if there is none."""
    for row in by_hash(db, uuids):
        if row["dataset"] == dataset:
            return row
    raise NotAuthorised(f"dataset {dataset} has no data row {', '.join(uuids)}")


def of_project(db: sqlite3.Connection, project: str, uuid: str) -> sqlite3.Row:
    """One data row with the columns of its item; NotAuthorised if it is not in any dataset of the project."""
    row: sqlite3.Row | None = db.execute(
        f"""SELECT {COLUMNS} FROM data_rows r JOIN items i ON i.uuid = r.item
            JOIN project_datasets p ON p.dataset = r.dataset WHERE p.project = ? AND r.uuid = ?""",  # noqa: S608
        (project, uuid),
    ).fetchone()
    if row is None:
        raise NotAuthorised(f"data unit {uuid} is in no dataset of project {project}")
    return row


def unlink(db: sqlite3.Connection, dataset: str, uuids: Sequence[str], *, delete_files: bool) -> list[str]:
    """Remove rows from a dataset, with their tasks and labels; returns the object keys of files no longer needed.

    `delete_files` also deletes the storage items, unless another data row uses them.
    """
    items = {
        row["item"]
        for row in db.execute(
            "DELETE FROM data_rows WHERE dataset = ? AND uuid IN (SELECT value FROM json_each(?)) RETURNING item",
            (dataset, json_list(uuids)),
        ).fetchall()
    }
    if not delete_files:
        return []
    used = db.execute(
        """SELECT item FROM data_rows WHERE item IN (SELECT value FROM json_each(:items))
           UNION SELECT item FROM data_group_members WHERE item IN (SELECT value FROM json_each(:items))""",
        {"items": json_list(items)},
    )
    return storage_items.remove(db, sorted(items - {row["item"] for row in used}))


def link_to_mirror(db: sqlite3.Connection, items: Sequence[str], folder: str) -> None:
    """Link items that enter a folder to the mirror dataset of that folder, if there is one."""
    mirror = db.execute("SELECT uuid FROM datasets WHERE folder = ?", (folder,)).fetchone()
    if mirror is not None:
        link(db, mirror["uuid"], items, "SKIP")


def unlink_from_mirror(db: sqlite3.Connection, items: Sequence[str], destination: str, *, is_allowed: bool) -> None:
    """Remove items that move to another folder from the mirror dataset of the old one, with their tasks and labels.

    Raises InvalidArguments unless that is allowed.
    """
    rows = db.execute(
        """SELECT r.uuid, r.item, d.uuid AS dataset FROM data_rows r JOIN datasets d ON d.uuid = r.dataset
           JOIN items i ON i.uuid = r.item AND i.folder = d.folder
           WHERE r.item IN (SELECT value FROM json_each(?)) AND d.folder <> ?""",
        (json_list(items), destination),
    ).fetchall()
    if rows and not is_allowed:
        raise InvalidArguments(
            f"storage item {rows[0]['item']} belongs to the mirror dataset {rows[0]['dataset']} and would leave it, "
            "with its labels; allow changes of mirror datasets to move it"
        )
    for row in rows:
        unlink(db, row["dataset"], [row["uuid"]], delete_files=False)


def create_dataset(
    db: sqlite3.Connection, *, uuid: str, title: str, description: str, owner: str, is_mirror: bool
) -> str | None:
    """Create a dataset; returns the uuid of the backing folder if it is a mirror dataset."""
    at = times.now()
    folder = str(uuid4()) if is_mirror else None
    if folder:
        db.execute(
            """INSERT INTO folders (uuid, name, description, owner, created_at, edited_at) VALUES (?, ?, '', ?, ?, ?)""",
            (folder, title, owner, at, at),
        )
    db.execute("INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?)", (uuid, title, description, folder, at, at))
    db.execute("INSERT INTO dataset_users VALUES (?, ?, ?)", (uuid, owner, ADMIN))
    return folder


def image_wire(call: Call, frame: sqlite3.Row, *, sign_url: bool) -> dict[str, Any]:
    """A frame of a group in the form of the SDK's `ImageData`."""
    return {
        "image_hash": frame["uuid"],
        "title": frame["name"],
        "file_link": frame["object_key"],
        "file_type": frame["mime_type"],
        "file_size": frame["file_size"],
        "storage_location": 0,
        "created_at": times.v1_form(frame["created_at"]),
        "last_edited_at": times.v1_form(frame["edited_at"]),
        "width": frame["width"],
        "height": frame["height"],
        "signed_url": call.signed_url(frame["object_key"]) if sign_url else None,
    }


def row_wire(row: sqlite3.Row) -> dict[str, Any]:
    """A data row as v1 writes it, without the images of a group."""
    media = json.loads(row["media_json"])
    return {
        "data_hash": row["uuid"],
        "data_title": row["title"],
        "data_type": DATA_TYPES[row["type"]],
        "created_at": times.v1_form(row["created_at"]),
        "last_edited_at": times.v1_form(row["edited_at"]),
        "width": row["width"],
        "height": row["height"],
        "file_link": row["object_key"] or None,
        "file_size": row["file_size"],
        "file_type": row["mime_type"],
        "storage_location": 0,
        "frames_per_second": media.get("fps"),
        "duration": media.get("duration"),
        "client_metadata": None,
        "signed_url": None,
        "is_optimised_image_group": row["type"] == "imageSequence" if DATA_TYPES[row["type"]] == "IMG_GROUP" else None,
        "backing_item_uuid": row["item"],
        "images_data": None,
    }
