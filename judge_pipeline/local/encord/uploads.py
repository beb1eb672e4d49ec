"""Uploads: the client gets a signed URL, puts a file there, and starts a job that creates the storage item."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from judge_pipeline.local.encord import storage_items
from judge_pipeline.local.encord.blobs import object_key
from judge_pipeline.local.encord.errors import InvalidArguments, NotAuthorised
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.storage_items import NewItem
from judge_pipeline.local.encord.upload_jobs import STORED, STORED_KINDS, Problem


def create_urls(db: sqlite3.Connection, call: Call, *, item_type: str, count: int) -> list[dict[str, Any]]:
    """Create signed upload URLs; nothing else of an upload is visible before its job."""
    if item_type not in STORED_KINDS.values():
        raise InvalidArguments(f"this server stores {STORED}, not items of type {item_type!r}")
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


def run(
    db: sqlite3.Connection,
    call: Call,
    prepared: Sequence[NewItem | Problem],
    folder: str,
    *,
    ignore_errors: bool,
) -> dict[str, Any]:
    """Create the items of a job; returns its result in the form of the folder's long poll.

    As in Encord a job is not atomic: one bad unit makes it an ERROR (unless `ignore_errors`), but the good ones stay.
    """
    created: list[dict[str, str]] = []
    problems: list[dict[str, Any]] = []
    for each in prepared:
        if isinstance(each, NewItem):
            keys = [each.object_key] if each.object_key else []
            try:
                storage_items.create(db, each, folder=folder, owner=call.caller)
                created.append({"itemUuid": each.uuid, "name": each.name})
                continue
            except InvalidArguments as problem:
                reason = str(problem)
        else:
            keys, reason = list(each.object_keys), each.reason
        problems.append(
            {
                "objectUrls": keys,
                "error": reason,
                "subtaskUuid": str(uuid4()),
                "actionDescription": f"store {each.type}",
            }
        )
    return {
        "status": "ERROR" if problems and not ignore_errors else "DONE",
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
