"""Storage folders: the tree of items."""

import sqlite3
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from judge_pipeline.local.encord import access, storage_folders, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.storage_folders import FolderSearch
from judge_pipeline.local.encord.strict_json import strict_json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


def _object_as_text(text: str) -> str:
    if not isinstance(strict_json(text), dict):
        raise ValueError("client metadata is the text of a JSON object")  # noqa: TRY004 - pydantic expects ValueError
    return text


class NewFolder(Body):
    """A folder to create; only here is client metadata JSON text."""

    name: str
    description: str | None = None
    parent: Id | None = None
    client_metadata: Annotated[str, AfterValidator(_object_as_text)] | None = None
    cloud_synced_folder_params: Any = None


class FolderPatch(Body):
    """Changes to a folder; null changes nothing."""

    name: str | None = None
    description: str | None = None
    client_metadata: dict[str, Any] | None = None


class FolderPatches(Body):
    """Changes to several folders, by uuid."""

    folder_patches: dict[Id, FolderPatch]


class FolderMove(Body):
    """Folders to move; no new parent means the top level."""

    folder_uuids: list[Id]
    new_parent_uuid: Id | None = None


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
        return Json(storage_folders.read(db, call.caller, [uuid])[0])


@router.get("/v2/public/storage/folders")
def list_top_folders(call: CurrentCall, wanted: Annotated[FolderSearch, Query()]) -> Json:
    """The folders at the top level; with `isRecursive`, all folders the caller may see."""
    with call.state.database.reading() as db:
        return Json(storage_folders.search_page(db, call.caller, wanted, parent=None, is_recursive=wanted.is_recursive))


@router.get("/v2/public/storage/search/folders")
def search_folders(call: CurrentCall, wanted: Annotated[FolderSearch, Query()]) -> Json:
    """All folders that the caller may see."""
    with call.state.database.reading() as db:
        return Json(storage_folders.search_page(db, call.caller, wanted, parent=None, is_recursive=True))


@router.get("/v2/public/storage/folders/{folder}/folders")
def list_subfolders(call: CurrentCall, folder: Id, wanted: Annotated[FolderSearch, Query()]) -> Json:
    """The folders inside a folder; with `isRecursive` also those inside these."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        return Json(
            storage_folders.search_page(db, call.caller, wanted, parent=folder, is_recursive=wanted.is_recursive)
        )


@router.get("/v2/public/storage/folders/{folder}")
def get_folder(call: CurrentCall, folder: Id) -> Json:
    """One folder."""
    with call.state.database.reading() as db:
        return Json(storage_folders.read(db, call.caller, [folder])[0])


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
    """Move folders to another parent; a folder cannot be moved into itself."""
    with call.state.database.writing() as db:
        access.folders(db, call.caller, move.folder_uuids)
        if move.new_parent_uuid:
            destination = storage_folders.read(db, call.caller, [move.new_parent_uuid])[0]
            above = {step["uuid"] for step in destination["pathToRoot"]}
            inside = above & set(move.folder_uuids)
            if inside:
                raise InvalidArguments(f"folder {min(inside)} cannot be moved into itself")
        db.execute(
            "UPDATE folders SET parent = ?, edited_at = ? WHERE uuid IN (SELECT value FROM json_each(?))",
            (move.new_parent_uuid, times.now(), json_list(move.folder_uuids)),
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
    """Counts and total size of a folder's items, without subfolders."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        counts = db.execute(
            "SELECT type, count(*) AS n, sum(file_size) AS size FROM items WHERE folder = ? GROUP BY type", (folder,)
        ).fetchall()
        others = db.execute(
            """SELECT (SELECT count(*) FROM folders WHERE parent = :f) AS folders,
                      (SELECT count(*) FROM upload_jobs WHERE target = :f) AS uploadJobs""",
            {"f": folder},
        ).fetchone()
    return Json(
        dict.fromkeys(_COUNTED, 0)
        | {f"{row['type']}s": row["n"] for row in counts}
        | {"files": sum(row["n"] for row in counts), "totalSize": sum(row["size"] or 0 for row in counts)}
        | dict(others)
    )


_COUNTED = [
    "videos",
    "images",
    "imageGroups",
    "imageSequences",
    "dicomFiles",
    "dicomSeries",
    "niftis",
    "audios",
    "pdfs",
    "plainTexts",
    "tombstones",
]


def _patch(db: sqlite3.Connection, caller: str, patches: dict[str, FolderPatch]) -> list[dict[str, Any]]:
    access.folders(db, caller, list(patches))
    for uuid, changes in patches.items():
        storage_folders.patch(db, uuid, changes.model_dump(exclude_none=True))
    return storage_folders.read(db, caller, list(patches))
