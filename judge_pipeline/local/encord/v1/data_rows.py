"""Queries that change a dataset's rows: linking, deleting, renaming."""

import json
from typing import Any

from pydantic import BaseModel, TypeAdapter

from judge_pipeline.local.encord import access, data_rows, storage_items, times
from judge_pipeline.local.encord.data_rows import DuplicatesBehavior, row_wire
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.wire import Id


class ItemsToLink(BaseModel):
    """Storage items to add as data rows."""

    item_uuids: list[Id]
    duplicates_behavior: DuplicatesBehavior = "SKIP"


class NewTitle(BaseModel):
    """A row's new title; `video_hash` is the data hash of a row of any type."""

    video_hash: Id
    title: str


class RowChanges(BaseModel):
    """Changes to a row: its title, and the client metadata of its item; null changes nothing."""

    data_title: str | None = None
    client_metadata: dict[str, Any] | None = None


def link_items(query: Query) -> list[dict[str, Any]]:
    """`datasetlinkitems POST`: add storage items as data rows, with a task in every project of the dataset."""
    wanted = ItemsToLink.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        access.items(db, query.call.caller, wanted.item_uuids)
        rows = data_rows.link(db, query.resource, wanted.item_uuids, wanted.duplicates_behavior)
    return [row_wire(row) for row in rows]


def delete_rows(query: Query) -> bool:
    """`video DELETE`: remove rows of any type from the dataset, with their tasks and labels."""
    state = query.call.state
    with state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        keys = data_rows.unlink(db, query.resource, query.ids(), delete_files=state.options.delete_data_deletes_files)
    for key in keys:
        state.blobs.delete(key)
    return True


def rename_rows(query: Query) -> dict[str, bool]:
    """`video POST`: rename rows of any type."""
    titles = TypeAdapter(list[NewTitle]).validate_python(query.payload)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        db.executemany(
            "UPDATE data_rows SET title = ?, edited_at = ? WHERE uuid = ? AND dataset = ?",
            [(new.title, times.now(), new.video_hash, query.resource) for new in titles],
        )
    return {"success": True}


def change_row(query: Query) -> dict[str, Any]:
    """`datarow POST`: change title or client metadata; returns which of the two were changed."""
    changes = RowChanges.model_validate(query.payload).model_dump(exclude_none=True)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        row = data_rows.of_dataset(db, query.resource, query.ids())
        if "data_title" in changes:
            db.execute(
                "UPDATE data_rows SET title = ?, edited_at = ? WHERE uuid = ?",
                (changes["data_title"], times.now(), row["uuid"]),
            )
        if "client_metadata" in changes:
            access.items_to_change(db, query.call.caller, [row["item"]])
            storage_items.patch(db, row["item"], {"client_metadata": changes["client_metadata"]})
        changed = data_rows.of_dataset(db, query.resource, query.ids())
    metadata = json.loads(changed["client_metadata_json"])
    return {"data_row": row_wire(changed) | {"client_metadata": metadata}, "updated_fields": list(changes)}
