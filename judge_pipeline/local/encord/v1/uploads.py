"""Queries that upload into a dataset: each file becomes an item and a data row."""

import sqlite3
from typing import Any

from pydantic import BaseModel

from judge_pipeline.local.encord import access, data_rows, upload_jobs, uploads
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.upload_jobs import UploadJob
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.wire import Id


class JobWanted(BaseModel):
    """The upload job to ask about."""

    process_hash: Id


def start_upload(query: Query) -> dict[str, str]:
    """`datasetdatalongpolling POST`: create items and data rows from uploaded files."""
    job = UploadJob.model_validate(query.payload)
    prepared = upload_jobs.prepare(query.call, job)
    with query.call.state.database.writing() as db:
        dataset = access.dataset(db, query.call.caller, query.resource)
        if (job.folder_uuid is None) == (dataset["folder"] is None):
            is_mirror = dataset["folder"] is not None
            raise InvalidArguments(
                f"folder_uuid is {'not allowed for a mirror' if is_mirror else 'required for an ordinary'} dataset"
            )
        folder = str(job.folder_uuid or dataset["folder"])
        access.folder(db, query.call.caller, folder)
        result = uploads.run(db, query.call, prepared, folder, ignore_errors=job.ignore_errors)
        linked = data_rows.link(db, query.resource, [made["itemUuid"] for made in result["itemsWithNames"]], "SKIP")
        process_hash = uploads.store_result(db, query.resource, _result_v1(result, linked))
    return {"process_hash": process_hash}


def poll_upload(query: Query) -> dict[str, Any]:
    """`datasetdatalongpolling GET`: the result of an upload."""
    wanted = JobWanted.model_validate(query.payload)
    with query.call.state.database.reading() as db:
        access.dataset(db, query.call.caller, query.resource)
        return uploads.read_result(db, query.resource, wanted.process_hash)


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
