"""Datasets: creation, listing, users. Their rows are read and linked through protocol v1."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query

from judge_pipeline.local.encord import access, data_rows, properties
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.properties import PropertyFilter
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


class NewDataset(Body):
    """A dataset to create; `createBackingFolder` makes it a mirror dataset."""

    title: str
    description: str | None = None
    create_backing_folder: bool = False


class UsersToRemove(Body):
    """E-mail addresses."""

    user_emails: list[str]


@router.post("/v2/public/datasets")
def create_dataset(call: CurrentCall, new: NewDataset) -> Json:
    """Create a dataset."""
    uuid = str(uuid4())
    with call.state.database.writing() as db:
        folder = data_rows.create_dataset(
            db,
            uuid=uuid,
            title=new.title,
            description=new.description or "",
            owner=call.caller,
            is_mirror=new.create_backing_folder,
        )
    return Json({"datasetUuid": uuid, "backingFolderUuid": folder})


@router.get("/v2/public/datasets/list")
def list_datasets(call: CurrentCall, wanted: Annotated[PropertyFilter, Query()]) -> Json:
    """The datasets shared with the caller; not paged, under the key `result`."""
    with call.state.database.reading() as db:
        rows = db.execute(
            f"""SELECT d.*, u.role FROM datasets d JOIN dataset_users u ON u.dataset = d.uuid AND u.email = :caller
                WHERE {properties.SQL} ORDER BY created_at""",  # noqa: S608 - constant text
            wanted.parameters() | {"caller": call.caller},
        ).fetchall()
    return Json({"result": [_wire(dict(row)) for row in rows]})


@router.get("/v2/public/datasets/{dataset}/users")
def list_users(call: CurrentCall, dataset: Id) -> Json:
    """The users of a dataset; roles are numbers here."""
    with call.state.database.reading() as db:
        access.dataset(db, call.caller, dataset)
        rows = db.execute(
            "SELECT email, role FROM dataset_users WHERE dataset = ? ORDER BY email", (dataset,)
        ).fetchall()
    return Json(page([{"datasetUuid": dataset, "userEmail": row["email"], "userRole": row["role"]} for row in rows]))


@router.post("/v2/public/datasets/{dataset}/users/bulk-delete")
def remove_users(call: CurrentCall, dataset: Id, body: UsersToRemove) -> Json:
    """Revoke users' access to a dataset."""
    with call.state.database.writing() as db:
        access.dataset(db, call.caller, dataset)
        db.execute(
            "DELETE FROM dataset_users WHERE dataset = ? AND email IN (SELECT value FROM json_each(?))",
            (dataset, json_list(body.user_emails)),
        )
    return Json(None)


def _wire(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "datasetUuid": row["uuid"],
        "title": row["title"],
        "description": row["description"],
        "createdAt": row["created_at"],
        "lastEditedAt": row["edited_at"],
        "userRole": "admin" if row["role"] == access.ADMIN else "user",
        "storageLocation": 0,
        "backingFolderUuid": row["folder"],
    }
