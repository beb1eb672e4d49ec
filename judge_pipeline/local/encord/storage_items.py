"""Storage items: the form of v2, searching, changing, and deleting with everything that depends on them."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from judge_pipeline.local.encord import data_groups, times
from judge_pipeline.local.encord.access import ITEM_COLUMNS
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.media import Measured
from judge_pipeline.local.encord.wire import key_of, page_of

_ABSENT_KEYS = [
    "integrationHash",
    "duration",
    "fps",
    "dicomInstanceUid",
    "dicomStudyUid",
    "dicomSeriesUid",
    "frameCount",
    "audioSampleRate",
    "audioBitDepth",
    "audioCodec",
    "audioNumChannels",
]
"""Keys that the SDK requires and that are null unless an item's `media_json` has them."""

_ORDER_COLUMNS = {"name": "name", "createdAt": "created_at"}


def item_wire(call: Call, row: sqlite3.Row, *, sign_url: bool) -> dict[str, Any]:
    """An item in the form of the SDK's `StorageItem`; client metadata is JSON text here."""
    return {
        **dict.fromkeys(_ABSENT_KEYS),
        **json.loads(row["media_json"]),
        "uuid": row["uuid"],
        "parent": row["folder"],
        "itemType": row["type"],
        "name": row["name"],
        "description": row["description"],
        "clientMetadata": row["client_metadata_json"],
        "owner": row["owner"],
        "createdAt": row["created_at"],
        "lastEditedAt": row["edited_at"],
        "isTombstone": False,
        "isPlaceholder": False,
        "backedDataUnitsCount": row["data_rows_count"],
        "storageLocation": "encord",
        "url": row["object_key"] or None,
        "signedUrl": call.signed_url(row["object_key"]) if sign_url and row["object_key"] else None,
        "fileSize": row["file_size"],
        "mimeType": row["mime_type"],
        "width": row["width"],
        "height": row["height"],
    }


@dataclass(frozen=True)
class NewItem:
    """An item to create. `frames` are new items, or the uuids of existing ones; a group of them has no object key."""

    uuid: str
    type: str
    name: str
    object_key: str
    measured: Measured
    client_metadata: Mapping[str, Any]
    frames: tuple["NewItem | str", ...] = ()


def create(db: sqlite3.Connection, new: NewItem, *, folder: str, owner: str) -> None:
    """Create an item with its frames, or neither: InvalidArguments if one of them exists already."""
    db.execute("SAVEPOINT new_item")
    try:
        frames = [frame if isinstance(frame, str) else _insert(db, frame, folder, owner) for frame in new.frames]
        _insert(db, new, folder, owner)
        db.executemany(
            "INSERT INTO data_group_members VALUES (?, ?, ?, ?)",
            [(new.uuid, str(number), frame, number) for number, frame in enumerate(frames)],
        )
    except InvalidArguments:
        db.execute("ROLLBACK TO new_item")
        raise
    finally:
        db.execute("RELEASE new_item")


def _insert(db: sqlite3.Connection, new: NewItem, folder: str, owner: str) -> str:
    at = times.now()
    measured = new.measured
    try:
        db.execute(
            """INSERT INTO items (uuid, folder, type, name, client_metadata_json, owner, created_at, edited_at,
                                  object_key, file_size, mime_type, width, height, media_json)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(new.uuid, folder, new.type, new.name, json.dumps(new.client_metadata), owner, at, at, new.object_key),
                *(measured.file_size, measured.mime_type, measured.width, measured.height, json.dumps(measured.media)),
            ),
        )
    except sqlite3.IntegrityError:
        raise InvalidArguments(f"storage item {new.uuid} was made by an earlier job") from None
    return new.uuid


@dataclass(frozen=True)
class ItemSearch:
    """What to list; `search` matches any part of the name, ignoring case."""

    folders: Collection[str]
    search: str | None
    item_types: Sequence[str]
    is_in_dataset: bool | None
    order: Literal["name", "createdAt"]
    desc: bool
    page_size: int
    page_token: str | None


def search_page(
    db: sqlite3.Connection, call: Call, wanted: ItemSearch, *, sign_urls: bool, with_metadata: bool
) -> dict[str, Any]:
    """One page of items, in one statement; without `with_metadata`, client metadata is an empty object."""
    column = _ORDER_COLUMNS[wanted.order]
    direction, beyond = ("DESC", "<") if wanted.desc else ("ASC", ">")
    last = key_of(wanted.page_token, length=2)
    rows = db.execute(
        f"""SELECT {ITEM_COLUMNS} FROM items i
            WHERE i.folder IN (SELECT value FROM json_each(:folders))
              AND (:search IS NULL OR instr(lower(i.name), lower(:search)) > 0)
              AND (:types = '[]' OR i.type IN (SELECT value FROM json_each(:types)))
              AND (:linked IS NULL OR :linked = EXISTS (SELECT 1 FROM data_rows r WHERE r.item = i.uuid OR r.item IN (
                SELECT m.group_item FROM data_group_members m WHERE m.item = i.uuid)))
              AND (:last IS NULL OR (i.{column}, i.seq) {beyond} (:last, :last_seq))
            ORDER BY i.{column} {direction}, i.seq {direction} LIMIT :limit""",  # noqa: S608 - words from two lists
        {
            "folders": json_list(wanted.folders),
            "search": wanted.search,
            "types": json_list(wanted.item_types),
            "linked": wanted.is_in_dataset,
            "last": last[0],
            "last_seq": last[1],
            "limit": wanted.page_size + 1,
        },
    ).fetchall()
    left_out = {} if with_metadata else {"clientMetadata": "{}"}
    return page_of(
        rows, wanted.page_size, (column, "seq"), lambda row: item_wire(call, row, sign_url=sign_urls) | left_out
    )


def patch(db: sqlite3.Connection, uuid: str, changes: dict[str, Any]) -> None:
    """Change name, description or client metadata (an object, replaced as a whole); other fields stay."""
    columns: dict[str, Any] = {name: changes[name] for name in ("name", "description") if name in changes}
    if "client_metadata" in changes:
        columns["client_metadata_json"] = json.dumps(changes["client_metadata"])
    assignments = ", ".join(f"{column} = :{column}" for column in [*columns, "edited_at"])
    db.execute(f"UPDATE items SET {assignments} WHERE uuid = :uuid", columns | {"edited_at": times.now(), "uuid": uuid})  # noqa: S608


def remove(db: sqlite3.Connection, uuids: Sequence[str]) -> list[str]:
    """Delete items with their data rows, tasks and labels; returns the object keys of files no longer needed.

    Raises InvalidArguments for the members of a data group that stays.
    """
    data_groups.check_removable(db, uuids)
    keys = [
        row["object_key"]
        for row in db.execute(
            "DELETE FROM items WHERE uuid IN (SELECT value FROM json_each(?)) RETURNING object_key", (json_list(uuids),)
        ).fetchall()
    ]
    in_use = {
        row["object_key"]
        for row in db.execute(
            "SELECT object_key FROM items WHERE object_key IN (SELECT value FROM json_each(?))", (json_list(keys),)
        )
    }
    return [key for key in keys if key and key not in in_use]
