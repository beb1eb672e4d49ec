"""Uploads: the client gets a signed URL, puts a file there, and starts a job that creates the storage item."""

import json
import sqlite3
from typing import Any
from uuid import uuid4

from pydantic import Field

from judge_pipeline.local.encord import media, times
from judge_pipeline.local.encord.blobs import object_key
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments, NotAuthorised
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.wire import Body, Id

STORED_TYPES = ("image", "plainText")


class UploadUnit(Body):
    """One file of an upload job: an image or a text."""

    object_url: str
    title: str | None = None
    client_metadata: dict[str, Any] = Field(default_factory=dict)
    placeholder_item_uuid: Id | None = None


class DataItems(Body):
    """The files of an upload job by kind; unsupported kinds are parsed only to be refused."""

    images: tuple[UploadUnit, ...] = ()
    text: tuple[UploadUnit, ...] = ()
    videos: tuple[Any, ...] = ()
    image_groups: tuple[Any, ...] = ()
    image_groups_from_items: tuple[Any, ...] = ()
    dicom_series: tuple[Any, ...] = ()
    audio: tuple[Any, ...] = ()
    time_series: tuple[Any, ...] = ()
    nifti: tuple[Any, ...] = ()
    pdf: tuple[Any, ...] = ()
    scenes: tuple[Any, ...] = ()


class UploadJob(Body):
    """An upload job; files in a customer's own bucket, in either protocol's fields, are parsed only to be refused."""

    data_items: DataItems = Field(default_factory=DataItems)
    external_files: Any = None
    files: Any = None
    integration_hash: str | None = None
    integration_id: str | None = None
    ignore_errors: bool = False
    folder_uuid: Id | None = None


def create_urls(db: sqlite3.Connection, call: Call, *, item_type: str, count: int) -> list[dict[str, Any]]:
    """Create signed upload URLs; nothing else of an upload is visible before its job."""
    if item_type not in STORED_TYPES:
        raise InvalidArguments(f"this server stores {' and '.join(STORED_TYPES)} items, not {item_type!r}")
    items = [str(uuid4()) for _ in range(count)]
    db.executemany(
        "INSERT INTO uploads VALUES (?, ?, ?, ?)", [(object_key(item), item, item_type, call.caller) for item in items]
    )
    lifetime_seconds = call.state.options.signed_url_seconds
    return [
        {
            "itemUuid": item,
            "objectKey": object_key(item),
            "signedUrl": call.state.blobs.signed_url(
                call.base_url, object_key(item), method="PUT", lifetime_seconds=lifetime_seconds
            ),
            "uploadHeaders": {},
        }
        for item in items
    ]


def run(db: sqlite3.Connection, call: Call, job: UploadJob, folder: str) -> dict[str, Any]:
    """Create the items of a job; returns its result in the form of the folder's long poll.

    As in Encord a job is not atomic: one bad unit makes it an ERROR (unless `ignore_errors`), but the good ones stay.
    """
    units = _units(job)
    reserved = {
        row["object_key"]: row
        for row in db.execute(
            "SELECT * FROM uploads WHERE object_key IN (SELECT value FROM json_each(?))",
            (json_list(unit.object_url for _, unit in units),),
        )
    }
    created: list[dict[str, str]] = []
    problems: list[dict[str, Any]] = []
    for item_type, unit in units:
        try:
            created.append(_create_item(db, call, reserved.get(unit.object_url), item_type, unit, folder))
        except InvalidArguments as problem:
            problems.append(
                {
                    "objectUrls": [unit.object_url],
                    "error": str(problem),
                    "subtaskUuid": str(uuid4()),
                    "actionDescription": f"store {item_type}",
                }
            )
    return {
        "status": "ERROR" if problems and not job.ignore_errors else "DONE",
        "itemsWithNames": created,
        "errors": [problem["error"] for problem in problems],
        "unitsPendingCount": 0,
        "unitsDoneCount": len(created),
        "unitsErrorCount": len(problems),
        "unitsCancelledCount": 0,
        "unitErrors": problems,
    }


def store_result(db: sqlite3.Connection, target: str, result: dict[str, Any]) -> str:
    """Store a job's result for later polls; returns the job's uuid."""
    uuid = str(uuid4())
    db.execute("INSERT INTO upload_jobs VALUES (?, ?, ?)", (uuid, target, json.dumps(result)))
    return uuid


def read_result(db: sqlite3.Connection, target: str, uuid: str) -> dict[str, Any]:
    """The result of a job on a folder or dataset."""
    row = db.execute("SELECT result_json FROM upload_jobs WHERE uuid = ? AND target = ?", (uuid, target)).fetchone()
    if row is None:
        raise NotAuthorised(f"{target} has no upload job {uuid}")
    result: dict[str, Any] = json.loads(row["result_json"])
    return result


def _units(job: UploadJob) -> list[tuple[str, UploadUnit]]:
    data = job.data_items
    refused = [name for name in type(data).model_fields if name not in ("images", "text") and getattr(data, name)]
    if refused or job.external_files or job.files or job.integration_hash or job.integration_id:
        asked = ", ".join(refused) or "files of a cloud integration"
        raise InvalidArguments(f"this server stores uploaded images and plain texts only, not {asked}")
    return [("image", unit) for unit in data.images] + [("plainText", unit) for unit in data.text]


def _create_item(
    db: sqlite3.Connection, call: Call, upload: sqlite3.Row | None, item_type: str, unit: UploadUnit, folder: str
) -> dict[str, str]:
    if upload is None or upload["owner"] != call.caller:
        raise InvalidArguments(f"{unit.object_url!r} is no object key of an upload URL given to {call.caller}")
    path = call.state.blobs.path(unit.object_url)
    if not path.exists():
        raise InvalidArguments(f"no file was put to the upload URL of {unit.object_url!r}")
    uuid = unit.placeholder_item_uuid or upload["item"]
    name = unit.title or uuid
    measured = media.measure(path, item_type=item_type, title=name)
    at = times.now()
    try:
        db.execute(
            """INSERT INTO items (uuid, folder, type, name, client_metadata_json, owner, created_at, edited_at,
                                  object_key, file_size, mime_type, width, height)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(
                    uuid,
                    folder,
                    item_type,
                    name,
                    json.dumps(unit.client_metadata),
                    call.caller,
                    at,
                    at,
                    unit.object_url,
                ),
                *(measured.file_size, measured.mime_type, measured.width, measured.height),
            ),
        )
    except sqlite3.IntegrityError:
        raise InvalidArguments(f"storage item {uuid} was made by an earlier job") from None
    return {"itemUuid": uuid, "name": name}
