"""Storage folders: reading in the form of v2, changing and searching."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Literal

from judge_pipeline.local.encord import access, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.wire import Body, PageSize, key_of, page_of

_ORDER_COLUMNS = {"name": "name", "createdAt": "created_at"}

_SELECT = """
  SELECT f.*, d.uuid AS dataset, (
    WITH RECURSIVE up (uuid, parent, name, depth) AS (
      SELECT uuid, parent, name, 0 FROM folders WHERE uuid = f.uuid
      UNION ALL SELECT p.uuid, p.parent, p.name, up.depth + 1 FROM folders p JOIN up ON p.uuid = up.parent)
    SELECT json_group_array(json_object('uuid', uuid, 'parentUuid', parent, 'name', name,
             'syncedDatasetHash', (SELECT s.uuid FROM datasets s WHERE s.folder = steps.uuid)))
    FROM (SELECT * FROM up ORDER BY depth DESC) steps) AS path_json
  FROM folders f LEFT JOIN datasets d ON d.folder = f.uuid
"""


class FolderSearch(Body):
    """Which folders to list."""

    search: str | None = None
    is_recursive: bool = False
    dataset_synced: bool | None = None
    organisation_tag_names_allof: tuple[str, ...] = ()
    order: Literal["name", "createdAt"] = "name"
    desc: bool = False
    page_token: str | None = None
    page_size: PageSize = 100


def read(db: sqlite3.Connection, caller: str, uuids: Sequence[str]) -> list[dict[str, Any]]:
    """Folders in the given order; NotAuthorised if any of them is not visible to the caller."""
    access.folders(db, caller, uuids)
    rows = db.execute(f"{_SELECT} WHERE f.uuid IN (SELECT value FROM json_each(?))", (json_list(uuids),))  # noqa: S608
    by_uuid = {row["uuid"]: _wire(row, caller) for row in rows}
    return [by_uuid[uuid] for uuid in uuids]


def patch(db: sqlite3.Connection, uuid: str, changes: dict[str, Any]) -> None:
    """Change name, description or client metadata (an object, replaced as a whole); other fields stay."""
    columns: dict[str, Any] = {name: changes[name] for name in ("name", "description") if name in changes}
    if "client_metadata" in changes:
        columns["client_metadata_json"] = json.dumps(changes["client_metadata"])
    assignments = ", ".join(f"{column} = :{column}" for column in [*columns, "edited_at"])
    db.execute(
        f"UPDATE folders SET {assignments} WHERE uuid = :uuid",  # noqa: S608 - column names from above
        columns | {"edited_at": times.now(), "uuid": uuid},
    )


def with_those_below(db: sqlite3.Connection, folder: str) -> list[str]:
    """A folder and all below it."""
    rows = db.execute(
        """WITH RECURSIVE below (uuid) AS (
             SELECT ? UNION SELECT f.uuid FROM folders f JOIN below b ON f.parent = b.uuid)
           SELECT uuid FROM below""",
        (folder,),
    )
    return [row["uuid"] for row in rows]


def search_page(
    db: sqlite3.Connection, caller: str, wanted: FolderSearch, *, parent: str | None, is_recursive: bool
) -> dict[str, Any]:
    """One page of the folders inside `parent` (None: at the top level), with `is_recursive` also of those below these."""
    visible = access.visible_folders(db, caller)
    if is_recursive and parent is not None:
        visible = set(with_those_below(db, parent)) - {parent}
    column = _ORDER_COLUMNS[wanted.order]
    direction, beyond = ("DESC", "<") if wanted.desc else ("ASC", ">")
    last = key_of(wanted.page_token, length=2)
    rows = db.execute(
        f"""{_SELECT} WHERE f.uuid IN (SELECT value FROM json_each(:visible))
              AND (:is_recursive OR f.parent IS :parent)
              AND (:search IS NULL OR instr(lower(f.name), lower(:search)) > 0)
              AND :tags = '[]' -- the SDK attaches tags only to projects
              AND (:synced IS NULL OR :synced = (d.uuid IS NOT NULL))
              AND (:last IS NULL OR (f.{column}, f.uuid) {beyond} (:last, :last_uuid))
            ORDER BY f.{column} {direction}, f.uuid {direction} LIMIT :limit""",  # noqa: S608 - words from two lists
        {
            "visible": json_list(visible),
            "is_recursive": is_recursive,
            "parent": parent,
            "search": wanted.search,
            "synced": wanted.dataset_synced,
            "tags": json_list(wanted.organisation_tag_names_allof),
            "last": last[0],
            "last_uuid": last[1],
            "limit": wanted.page_size + 1,
        },
    ).fetchall()
    return page_of(rows, wanted.page_size, (column, "uuid"), lambda row: _wire(row, caller))


def _wire(row: sqlite3.Row, caller: str) -> dict[str, Any]:
    """A folder in the form of the SDK's `StorageFolder`."""
    return {
        "uuid": row["uuid"],
        "parent": row["parent"],
        "name": row["name"],
        "description": row["description"],
        "clientMetadata": row["client_metadata_json"],
        "owner": row["owner"],
        "createdAt": row["created_at"],
        "lastEditedAt": row["edited_at"],
        "userRole": "admin" if row["owner"] == caller else "user",
        "syncedDatasetHash": row["dataset"],
        "pathToRoot": json.loads(row["path_json"]),
        "folderType": "generic",
        "integrationHash": None,
        "remoteUrl": None,
    }
