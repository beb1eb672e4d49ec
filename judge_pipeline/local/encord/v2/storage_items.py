"""Storage items: reading, searching, changing, moving and deleting them."""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from judge_pipeline.local.encord import access, data_groups, data_rows, storage_folders, storage_items, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.exchange import Call, CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.storage_items import ItemSearch, item_wire
from judge_pipeline.local.encord.wire import Body, Id, PageSize, page

router = APIRouter(route_class=V2Route)


class ItemsWanted(Body):
    """Items to read in one request."""

    item_uuids: list[Id]
    sign_urls: bool = False


class ItemPatch(Body):
    """Changes to an item; client metadata is replaced as a whole, null changes nothing."""

    name: str | None = None
    description: str | None = None
    client_metadata: dict[str, Any] | None = None


class ItemPatches(Body):
    """Changes to several items, by uuid."""

    item_patches: dict[Id, ItemPatch]


class ItemListing(Body):
    """Which items to list."""

    search: str | None = None
    is_recursive: bool | None = None
    is_in_dataset: bool | None = None
    item_types: tuple[str, ...] = ()
    order: Literal["name", "createdAt"] = "name"
    desc: bool = False
    page_token: str | None = None
    page_size: PageSize = 100
    sign_urls: bool = False
    include_client_metadata: bool = True


class ItemsToDelete(Body):
    """Items to delete from a folder; `remove_unused_frames` also deletes members of groups that nothing else uses."""

    child_uuids: list[Id]
    remove_unused_frames: bool = True


class ItemsToMove(Body):
    """Items to move to another folder."""

    item_uuids: list[Id]
    new_parent_uuid: Id
    allow_synced_dataset_move: bool = False


@router.post("/v2/public/storage/items/get-bulk")
def get_items(call: CurrentCall, wanted: ItemsWanted) -> Json:
    """Items in the given order; 403 if any of them is not visible."""
    with call.state.database.reading() as db:
        rows = access.items(db, call.caller, wanted.item_uuids)
    return Json(page([item_wire(call, row, sign_url=wanted.sign_urls) for row in rows]))


@router.patch("/v2/public/storage/items/patch-bulk")
def patch_items(call: CurrentCall, body: ItemPatches) -> Json:
    """Change several items, all or none."""
    with call.state.database.writing() as db:
        return Json(page(_patch(db, call, body.item_patches)))


@router.get("/v2/public/storage/items/{item}")
def get_item(call: CurrentCall, item: Id, sign_url: Annotated[bool, Query(alias="signUrl")] = False) -> Json:
    """One item."""
    with call.state.database.reading() as db:
        row = access.items(db, call.caller, [item])[0]
    return Json(item_wire(call, row, sign_url=sign_url))


@router.get("/v2/public/storage/search/items")
def search_items(call: CurrentCall, wanted: Annotated[ItemListing, Query()]) -> Json:
    """Items in all folders that the caller may see."""
    with call.state.database.reading() as db:
        return _listing(db, call, wanted, access.visible_folders(db, call.caller))


@router.get("/v2/public/storage/folders/{folder}/items")
def list_items(call: CurrentCall, folder: Id, wanted: Annotated[ItemListing, Query()]) -> Json:
    """Items in a folder; with `isRecursive` also in the folders below it."""
    with call.state.database.reading() as db:
        access.folder(db, call.caller, folder)
        folders = storage_folders.with_those_below(db, folder) if wanted.is_recursive else [folder]
        return _listing(db, call, wanted, folders)


@router.patch("/v2/public/storage/folders/{folder}/items/{item}")
def patch_item(call: CurrentCall, folder: Id, item: Id, changes: ItemPatch) -> Json:
    """Change one item; `folder` must be its folder."""
    with call.state.database.writing() as db:
        access.items_of_folder(db, call.caller, folder, [item])
        return Json(_patch(db, call, {item: changes})[0])


@router.get("/v2/public/storage/folders/{folder}/items/{item}/child-items")
def list_child_items(
    call: CurrentCall, folder: Id, item: Id, sign_urls: Annotated[bool, Query(alias="signUrls")] = False
) -> Json:
    """The members of a data group, the frames of an image group or a sequence, in order; other items have none."""
    with call.state.database.reading() as db:
        access.items_of_folder(db, call.caller, folder, [item], is_reading=True)
        members = data_groups.members(db, [item]).get(item, [])
    return Json(page([item_wire(call, each.row, sign_url=sign_urls) for each in members]))


@router.get("/v2/public/storage/folders/{folder}/items/{item}/summary")
def summarise_item(
    call: CurrentCall, folder: Id, item: Id, with_layout: Annotated[bool, Query(alias="includeGroupLayout")] = False
) -> Json:
    """The datasets and groups that use an item, and a group's own layout; what is not shared is only counted."""
    with call.state.database.reading() as db:
        (found,) = access.items_of_folder(db, call.caller, folder, [item])
        groups = data_groups.groups_with(db, item)
        shared = access.visible_folders(db, call.caller) if groups else set()
        layout = data_groups.layout_wire(db, item) if with_layout and found["type"] == "group" else None
        rows = db.execute(
            """SELECT d.uuid, d.folder, d.title, min(r.created_at) AS created_at,
                      group_concat(r.uuid) AS data_hashes, max(u.email IS NOT NULL) AS is_shared
               FROM data_rows r JOIN datasets d ON d.uuid = r.dataset
               LEFT JOIN dataset_users u ON u.dataset = d.uuid AND u.email = ?
               WHERE r.item = ? GROUP BY d.uuid ORDER BY created_at""",
            (call.caller, item),
        ).fetchall()
    return Json(
        {
            "frameInGroups": len(groups),
            "accessibleGroupItems": [
                {
                    "uuid": group["uuid"],
                    "name": group["name"],
                    "parentUuid": group["folder"],
                    "parentName": group["folder_name"],
                    "itemType": group["type"],
                }
                for group in groups
                if group["folder"] in shared
            ],
            "groupLayout": layout,
            "usedInDatasets": len(rows),
            "accessibleDatasets": [
                {
                    "datasetHash": row["uuid"],
                    "backingFolderUuid": row["folder"],
                    "title": row["title"],
                    "dataHashes": row["data_hashes"].split(","),
                    "dataUnitsCreatedAt": row["created_at"],
                }
                for row in rows
                if row["is_shared"]
            ],
        }
    )


@router.post("/v2/public/storage/folders/{folder}/items/delete")
def delete_items(call: CurrentCall, folder: Id, body: ItemsToDelete) -> Json:
    """Delete items with their data rows, tasks and labels."""
    with call.state.database.writing() as db:
        access.items_of_folder(db, call.caller, folder, body.child_uuids)
        unused = data_groups.unused_members(db, body.child_uuids) if body.remove_unused_frames else []
        removed = {*body.child_uuids, *unused}
        keys = storage_items.remove(db, sorted(removed))
    for key in keys:
        call.state.blobs.delete(key)
    return Json({"removedItemsCount": len(removed), "removedFoldersCount": 0})


@router.post("/v2/public/storage/folders/{folder}/items/move")
def move_items(call: CurrentCall, folder: Id, body: ItemsToMove) -> Json:
    """Move items to another folder; leaving a mirror's backing folder removes them from the mirror and must be allowed."""
    with call.state.database.writing() as db:
        access.items_of_folder(db, call.caller, folder, body.item_uuids)
        access.folder(db, call.caller, body.new_parent_uuid)
        data_rows.unlink_from_mirror(
            db, body.item_uuids, body.new_parent_uuid, is_allowed=body.allow_synced_dataset_move
        )
        db.execute(
            "UPDATE items SET folder = ?, edited_at = ? WHERE uuid IN (SELECT value FROM json_each(?))",
            (body.new_parent_uuid, times.now(), json_list(body.item_uuids)),
        )
        if call.state.options.mirror_auto_link:
            data_rows.link_to_mirror(db, body.item_uuids, body.new_parent_uuid)
    return Json(None)


def _listing(db: sqlite3.Connection, call: Call, wanted: ItemListing, folders: list[str] | set[str]) -> Json:
    search = ItemSearch(
        folders=folders,
        search=wanted.search,
        item_types=wanted.item_types,
        is_in_dataset=wanted.is_in_dataset,
        order=wanted.order,
        desc=wanted.desc,
        page_size=wanted.page_size,
        page_token=wanted.page_token,
    )
    found = storage_items.search_page(
        db, call, search, sign_urls=wanted.sign_urls, with_metadata=wanted.include_client_metadata
    )
    return Json(found)


def _patch(db: sqlite3.Connection, call: Call, patches: Mapping[str, ItemPatch]) -> list[dict[str, Any]]:
    access.items_to_change(db, call.caller, list(patches))
    for uuid, changes in patches.items():
        storage_items.patch(db, uuid, changes.model_dump(exclude_none=True))
    return [item_wire(call, row, sign_url=False) for row in access.items(db, call.caller, list(patches))]
