"""Storage folders: the tree in which items lie."""

import json
import sqlite3
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Query

from judge_pipeline.local_encord import access, times
from judge_pipeline.local_encord.answers import Json
from judge_pipeline.local_encord.database import each
from judge_pipeline.local_encord.errors import InvalidArguments
from judge_pipeline.local_encord.exchange import CurrentCall, V2Route
from judge_pipeline.local_encord.wire import Body, Id, key_of, page, token_after

router = APIRouter(route_class=V2Route)

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


class NewFolder(Body):
    """A folder to create; its client metadata is JSON text, unlike everywhere else."""

    name: str
    description: str | None = None
    parent: Id | None = None
    client_metadata: str | None = None
    cloud_synced_folder_params: Any = None


class FolderPatch(Body):
    """What may be changed of a folder."""

    name: str | None = None
    description: str | None = None
    client_metadata: dict[str, Any] | None = None


class FolderPatches(Body):
    """Changes for several folders by uuid."""

    folder_patches: dict[Id, FolderPatch]


class FolderMove(Body):
    """Folders that get another parent; none means the top level."""

    folder_uuids: list[Id]
    new_parent_uuid: Id | None = None


class FolderSearch(Body):
    """Which folders to list."""

    search: str | None = None
    is_recursive: bool | None = None
    dataset_synced: bool | None = None
    order: Literal["name", "createdAt"] = "name"
    desc: bool = False
    page_token: str | None = None
    page_size: int = 100


def folder_wire(row: sqlite3.Row, caller: str) -> dict[str, Any]:
    """A folder as the SDK's `StorageFolder` wants it."""
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


@router.post("/v2/public/storage/folders")
def create_folder(call: CurrentCall, new: NewFolder) -> Json:
    """Create a folder at the top level or in another one."""
    if new.cloud_synced_folder_params is not None:
        raise InvalidArguments("this server has no cloud-synced folders")
    at = times.now()
    uuid = str(uuid4())
    with call.state.database.writing() as db:
        if new.parent:
            access.folder(db, call.caller, new.parent)
        db.execute(
            "INSERT INTO folders VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (uuid, new.parent, new.name, new.description or "", new.client_metadata, call.caller, at, at),
        )
        return Json(_folders(db, call.caller, [uuid])[0])


@router.get("/v2/public/storage/folders")
def list_top_folders(call: CurrentCall, wanted: Annotated[FolderSearch, Query()]) -> Json:
    """The folders at the top level; with `isRecursive` all that the caller may see."""
    return _search(call, wanted, parent=None, everywhere=bool(wanted.is_recursive))


@router.get("/v2/public/storage/search/folders")
def search_folders(call: CurrentCall, wanted: Annotated[FolderSearch, Query()]) -> Json:
    """All folders that the caller may see."""
    return _search(call, wanted, parent=None, everywhere=True)


@router.get("/v2/public/storage/folders/{folder}/folders")
def list_subfolders(call: CurrentCall, folder: Id, wanted: Annotated[FolderSearch, Query()]) -> Json:
    """The folders inside a folder."""
    return _search(call, wanted, parent=folder, everywhere=False)


@router.get("/v2/public/storage/folders/{folder}")
def get_folder(call: CurrentCall, folder: Id) -> Json:
    """One folder."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        return Json(_folders(db, call.caller, [folder])[0])


@router.patch("/v2/public/storage/folders/patch-bulk")
def patch_folders(call: CurrentCall, body: FolderPatches) -> Json:
    """Change several folders, all or none."""
    with call.state.database.writing() as db:
        return Json(page(_patch(db, call.caller, body.folder_patches)))


@router.patch("/v2/public/storage/folders/{folder}")
def patch_folder(call: CurrentCall, folder: Id, changes: FolderPatch) -> Json:
    """Change one folder."""
    with call.state.database.writing() as db:
        return Json(_patch(db, call.caller, {folder: changes})[0])


@router.post("/v2/public/storage/folders/move")
def move_folders(call: CurrentCall, move: FolderMove) -> Json:
    """Give folders another parent; a folder cannot be put into itself."""
    with call.state.database.writing() as db:
        access.folders(db, call.caller, move.folder_uuids)
        if move.new_parent_uuid:
            access.folder(db, call.caller, move.new_parent_uuid)
            above = {step["uuid"] for step in _folders(db, call.caller, [move.new_parent_uuid])[0]["pathToRoot"]}
            inside = above & set(move.folder_uuids)
            if inside:
                raise InvalidArguments(f"folder {min(inside)} cannot be moved into itself")
        db.execute(
            "UPDATE folders SET parent = ?, edited_at = ? WHERE uuid IN (SELECT value FROM json_each(?))",
            (move.new_parent_uuid, times.now(), each(move.folder_uuids)),
        )
    return Json(None)


@router.delete("/v2/public/storage/folders/{folder}")
def delete_folder(call: CurrentCall, folder: Id) -> Json:
    """Delete an empty folder."""
    with call.state.database.writing() as db:
        access.folder(db, call.caller, folder)
        holds = db.execute(
            """SELECT (SELECT count(*) FROM items WHERE folder = :f) AS items,
                      (SELECT count(*) FROM folders WHERE parent = :f) AS folders,
                      (SELECT count(*) FROM datasets WHERE folder = :f) AS datasets""",
            {"f": folder},
        ).fetchone()
        if any(holds):
            raise InvalidArguments(
                f"folder {folder} is not empty: {holds['items']} items, {holds['folders']} folders, "
                f"{holds['datasets']} mirror datasets; delete those first"
            )
        db.execute("DELETE FROM folders WHERE uuid = ?", (folder,))
    return Json(None)


@router.get("/v2/public/storage/folders/{folder}/summary")
def summarise_folder(call: CurrentCall, folder: Id) -> Json:
    """How much lies in a folder, without its subfolders."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        row = db.execute(
            """SELECT count(*) AS files, coalesce(sum(type = 'image'), 0) AS images,
                      coalesce(sum(type = 'plainText'), 0) AS plainTexts, coalesce(sum(file_size), 0) AS totalSize,
                      (SELECT count(*) FROM folders WHERE parent = :f) AS folders,
                      (SELECT count(*) FROM upload_jobs WHERE target = :f) AS uploadJobs
               FROM items WHERE folder = :f""",
            {"f": folder},
        ).fetchone()
    absent = [
        "videos",
        "imageGroups",
        "imageSequences",
        "dicomFiles",
        "dicomSeries",
        "niftis",
        "audios",
        "pdfs",
        "tombstones",
    ]
    return Json(dict.fromkeys(absent, 0) | dict(row))


def _folders(db: sqlite3.Connection, caller: str, uuids: list[str]) -> list[dict[str, Any]]:
    rows = db.execute(f"{_SELECT} WHERE f.uuid IN (SELECT value FROM json_each(?))", (each(uuids),))  # noqa: S608
    by_uuid = {row["uuid"]: folder_wire(row, caller) for row in rows}
    return [by_uuid[uuid] for uuid in uuids]


def _patch(db: sqlite3.Connection, caller: str, patches: dict[str, FolderPatch]) -> list[dict[str, Any]]:
    access.folders(db, caller, list(patches))
    at = times.now()
    for uuid, changes in patches.items():
        named = changes.model_dump(exclude_unset=True)
        columns: dict[str, Any] = {name: named[name] for name in ("name", "description") if name in named}
        if "client_metadata" in named:
            columns["client_metadata_json"] = json.dumps(named["client_metadata"])
        assignments = ", ".join(f"{column} = :{column}" for column in [*columns, "edited_at"])
        db.execute(
            f"UPDATE folders SET {assignments} WHERE uuid = :uuid",  # noqa: S608 - column names from above
            columns | {"edited_at": at, "uuid": uuid},
        )
    return _folders(db, caller, list(patches))


def _search(call: CurrentCall, wanted: FolderSearch, *, parent: str | None, everywhere: bool) -> Json:
    column = _ORDER_COLUMNS[wanted.order]
    direction, beyond = ("DESC", "<") if wanted.desc else ("ASC", ">")
    last = key_of(wanted.page_token, length=2) if wanted.page_token else [None, None]
    with call.state.database.reading() as db:
        if parent:
            access.folder(db, call.caller, parent)
        visible = access.visible_folders(db, call.caller)
        rows = db.execute(
            f"""{_SELECT} WHERE f.uuid IN (SELECT value FROM json_each(:visible))
                  AND (:everywhere OR f.parent IS :parent)
                  AND (:search IS NULL OR instr(lower(f.name), lower(:search)) > 0)
                  AND (:synced IS NULL OR :synced = (d.uuid IS NOT NULL))
                  AND (:last IS NULL OR (f.{column}, f.uuid) {beyond} (:last, :last_uuid))
                ORDER BY f.{column} {direction}, f.uuid {direction} LIMIT :limit""",  # noqa: S608 - words from two lists
            {
                "visible": each(visible),
                "everywhere": everywhere,
                "parent": parent,
                "search": wanted.search,
                "synced": wanted.dataset_synced,
                "last": last[0],
                "last_uuid": last[1],
                "limit": wanted.page_size + 1,
            },
        ).fetchall()
    shown = rows[: wanted.page_size]
    token = token_after([shown[-1][column], shown[-1]["uuid"]]) if len(rows) > len(shown) else None
    return Json(page([folder_wire(row, call.caller) for row in shown], token))
