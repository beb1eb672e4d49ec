"""Queries about a dataset: its rows, linking, deleting, renaming, users, uploads."""

import json
import sqlite3
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from judge_pipeline.local_encord import access, data_rows, times, uploads
from judge_pipeline.local_encord.data_rows import COLUMNS, DuplicatesBehavior, row_wire
from judge_pipeline.local_encord.database import each
from judge_pipeline.local_encord.errors import InvalidArguments, NotAuthorised
from judge_pipeline.local_encord.uploads import UploadJob
from judge_pipeline.local_encord.v1.envelope import Query
from judge_pipeline.local_encord.wire import Id, Moment

_CONDITIONS = {
    "title_eq": "r.title = :title_eq",
    "title_like": "r.title LIKE :title_like",
    "created_before": "r.created_at < :created_before",
    "created_after": "r.created_at >= :created_after",
    "data_hashes": "r.uuid IN (SELECT value FROM json_each(:data_hashes))",
}


class AccessSettings(BaseModel):
    """What to tell about each row."""

    fetch_client_metadata: bool = False
    fetch_rows: bool = True


class RowsWanted(BaseModel):
    """Which rows to list; None means no condition."""

    title_eq: str | None = None
    title_like: str | None = None
    created_before: Moment | None = None
    created_after: Moment | None = None
    data_types: list[str] | None = None
    data_hashes: list[Id] | None = None
    dataset_access_settings: AccessSettings = Field(default_factory=AccessSettings)


class AdditionalData(BaseModel):
    """What to tell about one row."""

    signed_url: bool = False
    client_metadata: bool = False


class RowWanted(BaseModel):
    """The payload for one row."""

    additional_data: AdditionalData = Field(default_factory=AdditionalData)


class ItemsToLink(BaseModel):
    """Storage items that become data rows."""

    item_uuids: list[Id]
    duplicates_behavior: DuplicatesBehavior = "SKIP"


class NewTitle(BaseModel):
    """A row's new title; `video_hash` is the data hash of a row of any type."""

    video_hash: Id
    title: str


class UsersToAdd(BaseModel):
    """E-mail addresses and their role: 0 admin, 1 user."""

    user_emails: list[str]
    user_role: Literal[0, 1]


class JobWanted(BaseModel):
    """The upload job to ask about."""

    model_config = ConfigDict(extra="ignore")

    process_hash: Id


def get_dataset(query: Query) -> dict[str, Any]:
    """`dataset GET`: the dataset, with all of its rows when asked for."""
    settings = RowsWanted.model_validate(query.payload or {}).dataset_access_settings
    with query.call.state.database.reading() as db:
        dataset = access.dataset(db, query.call.caller, query.resource)
        rows = _rows(db, query.resource, RowsWanted(dataset_access_settings=settings)) if settings.fetch_rows else []
    return {
        "dataset_hash": dataset["uuid"],
        "title": dataset["title"],
        "description": dataset["description"],
        "dataset_type": "CORD_STORAGE",
        "backing_folder_uuid": dataset["folder"],
        "data_rows": rows,
    }


def list_rows(query: Query) -> list[dict[str, Any]]:
    """`datarows GET`: the rows that fit."""
    with query.call.state.database.reading() as db:
        access.dataset(db, query.call.caller, query.resource)
        return _rows(db, query.resource, RowsWanted.model_validate(query.payload or {}))


def get_row(query: Query) -> dict[str, Any]:
    """`datarow GET`: one row."""
    wanted = RowWanted.model_validate(query.payload or {}).additional_data
    with query.call.state.database.reading() as db:
        access.dataset(db, query.call.caller, query.resource)
        rows = [row for row in data_rows.by_hash(db, query.ids()) if row["dataset"] == query.resource]
    if not rows:
        raise NotAuthorised(f"dataset {query.resource} has no data row {query.uid}")
    return row_wire(rows[0]) | {
        "signed_url": query.call.signed_url(rows[0]["object_key"]) if wanted.signed_url else None,
        "client_metadata": json.loads(rows[0]["client_metadata_json"]) if wanted.client_metadata else None,
    }


def link_items(query: Query) -> list[dict[str, Any]]:
    """`datasetlinkitems POST`: storage items become data rows, with a task in every project of the dataset."""
    wanted = ItemsToLink.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        access.items(db, query.call.caller, wanted.item_uuids)
        rows = data_rows.link(db, query.resource, wanted.item_uuids, wanted.duplicates_behavior)
    return [row_wire(row) for row in rows]


def delete_rows(query: Query) -> bool:
    """`video DELETE`: rows of any type leave the dataset, with their tasks and labels."""
    state = query.call.state
    with state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        keys = data_rows.unlink(db, query.resource, query.ids(), delete_files=state.options.delete_data_deletes_files)
    for key in keys:
        state.blobs.delete(key)
    return True


def rename_rows(query: Query) -> dict[str, bool]:
    """`video POST`: rows of any type get another title."""
    titles = TypeAdapter(list[NewTitle]).validate_python(query.payload)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        db.executemany(
            "UPDATE data_rows SET title = ?, edited_at = ? WHERE uuid = ? AND dataset = ?",
            [(new.title, times.now(), new.video_hash, query.resource) for new in titles],
        )
    return {"success": True}


def add_users(query: Query) -> list[dict[str, Any]]:
    """`datasetusers POST`: share the dataset."""
    wanted = UsersToAdd.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        access.registered(db, wanted.user_emails)
        db.executemany(
            "INSERT OR REPLACE INTO dataset_users VALUES (?, ?, ?)",
            [(query.resource, email, wanted.user_role) for email in wanted.user_emails],
        )
    return [
        {"user_email": email, "user_role": wanted.user_role, "dataset_hash": query.resource}
        for email in wanted.user_emails
    ]


def start_upload(query: Query) -> dict[str, str]:
    """`datasetdatalongpolling POST`: uploaded files become items and data rows in one go."""
    job = UploadJob.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        dataset = access.dataset(db, query.call.caller, query.resource)
        if (job.folder_uuid is None) == (dataset["folder"] is None):
            is_mirror = dataset["folder"] is not None
            raise InvalidArguments(
                f"folder_uuid is {'not allowed for a mirror' if is_mirror else 'required for an ordinary'} dataset"
            )
        folder = str(job.folder_uuid or dataset["folder"])
        access.folder(db, query.call.caller, folder)
        result = uploads.run(db, query.call, job, folder)
        linked = data_rows.link(db, query.resource, [made["itemUuid"] for made in result["itemsWithNames"]], "SKIP")
        process_hash = uploads.remember(db, query.resource, _result_v1(result, linked))
    return {"process_hash": process_hash}


def poll_upload(query: Query) -> dict[str, Any]:
    """`datasetdatalongpolling GET`: what became of an upload."""
    wanted = JobWanted.model_validate(query.payload)
    with query.call.state.database.reading() as db:
        access.dataset(db, query.call.caller, query.resource)
        return uploads.recall(db, query.resource, wanted.process_hash)


def _rows(db: sqlite3.Connection, dataset: str, wanted: RowsWanted) -> list[dict[str, Any]]:
    conditions = {
        name: each(value) if isinstance(value, list) else value
        for name in _CONDITIONS
        if (value := getattr(wanted, name)) is not None
    }
    rows = db.execute(
        f"""SELECT {COLUMNS} FROM data_rows r JOIN items i ON i.uuid = r.item WHERE r.dataset = :dataset
            {" ".join(f"AND {_CONDITIONS[name]}" for name in conditions)} ORDER BY r.seq""",  # noqa: S608 - constant texts
        conditions | {"dataset": dataset},
    )
    with_metadata = wanted.dataset_access_settings.fetch_client_metadata
    listed = (
        row_wire(row) | {"client_metadata": json.loads(row["client_metadata_json"]) if with_metadata else None}
        for row in rows
    )
    return [row for row in listed if wanted.data_types is None or row["data_type"] in wanted.data_types]


def _result_v1(result: dict[str, Any], linked: list[sqlite3.Row]) -> dict[str, Any]:
    return {
        "status": result["status"],
        "data_hashes_with_titles": [
            {"data_hash": row["uuid"], "title": row["title"], "backing_item_uuid": row["item"]} for row in linked
        ],
        "errors": result["errors"],
        "data_unit_errors": [
            {
                "object_urls": problem["objectUrls"],
                "error": problem["error"],
                "subtask_uuid": problem["subtaskUuid"],
                "action_description": problem["actionDescription"],
            }
            for problem in result["unitErrors"]
        ],
        "units_pending_count": result["unitsPendingCount"],
        "units_done_count": result["unitsDoneCount"],
        "units_error_count": result["unitsErrorCount"],
        "units_cancelled_count": result["unitsCancelledCount"],
    }
