"""Queries about a dataset: its properties, rows and users."""

import json
import sqlite3
from typing import Any, Literal

from pydantic import BaseModel, Field

from judge_pipeline.local.encord import access, data_groups, data_rows
from judge_pipeline.local.encord.data_rows import COLUMNS, image_wire, row_wire
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.wire import Id, Moment

_CONDITIONS = {
    "title_eq": "r.title = :title_eq",
    "title_like": "r.title LIKE :title_like",
    "created_before": "r.created_at < :created_before",
    "created_after": "r.created_at >= :created_after",
    "data_hashes": "r.uuid IN (SELECT value FROM json_each(:data_hashes))",
}


class AccessSettings(BaseModel):
    """What to return about each row."""

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


class ImagesWanted(BaseModel):
    """What to return about the images of a group."""

    fetch_signed_urls: bool = False


class AdditionalData(BaseModel):
    """What to return about one row."""

    signed_url: bool = False
    client_metadata: bool = False
    images_data_fetch_options: ImagesWanted | None = None


class RowWanted(BaseModel):
    """The payload for one row."""

    additional_data: AdditionalData = Field(default_factory=AdditionalData)


class UsersToAdd(BaseModel):
    """E-mail addresses and their role: 0 admin, 1 user."""

    user_emails: list[str]
    user_role: Literal[0, 1]


def get_dataset(query: Query) -> dict[str, Any]:
    """`dataset GET`: the dataset, with all its rows on request."""
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
    """`datarows GET`: the matching rows."""
    with query.call.state.database.reading() as db:
        access.dataset(db, query.call.caller, query.resource)
        return _rows(db, query.resource, RowsWanted.model_validate(query.payload or {}))


def get_row(query: Query) -> dict[str, Any]:
    """`datarow GET`: one row."""
    wanted = RowWanted.model_validate(query.payload or {}).additional_data
    with query.call.state.database.reading() as db:
        access.dataset(db, query.call.caller, query.resource)
        row = data_rows.of_dataset(db, query.resource, query.ids())
        frames = data_groups.frames(db, row["item"])
    images = wanted.images_data_fetch_options
    return row_wire(row) | {
        "signed_url": query.call.signed_url(row["object_key"]) if wanted.signed_url and row["object_key"] else None,
        "images_data": [image_wire(query.call, frame, sign_url=images.fetch_signed_urls) for frame in frames]
        if images and frames
        else None,
        "client_metadata": json.loads(row["client_metadata_json"]) if wanted.client_metadata else None,
    }


def add_users(query: Query) -> list[dict[str, Any]]:
    """`datasetusers POST`: share the dataset."""
    wanted = UsersToAdd.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.dataset(db, query.call.caller, query.resource)
        access.check_registered(db, wanted.user_emails)
        db.executemany(
            "INSERT OR REPLACE INTO dataset_users VALUES (?, ?, ?)",
            [(query.resource, email, wanted.user_role) for email in wanted.user_emails],
        )
    return [
        {"user_email": email, "user_role": wanted.user_role, "dataset_hash": query.resource}
        for email in wanted.user_emails
    ]


def _rows(db: sqlite3.Connection, dataset: str, wanted: RowsWanted) -> list[dict[str, Any]]:
    conditions = {
        name: json_list(value) if isinstance(value, list) else value
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
