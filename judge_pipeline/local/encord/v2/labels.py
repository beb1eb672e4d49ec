"""Labels in bulk: the classifications of many rows, copying branches, and whether a row is valid."""

import json
import sqlite3
from typing import Any

from fastapi import APIRouter

from judge_pipeline.local.encord import access, label_branches, label_rows
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.label_listing import MAIN_BRANCH
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id

router = APIRouter(route_class=V2Route)

_ANSWER_KEYS = [
    "classificationHash",
    "featureHash",
    "classifications",
    "range",
    "createdAt",
    "createdBy",
    "lastEditedAt",
    "lastEditedBy",
    "manualAnnotation",
]


class ClassificationsWanted(Body):
    """Label rows to read."""

    label_uuids: list[Id]
    branch_name: str = MAIN_BRANCH


class BranchCopy(Body):
    """Which labels to copy; without ids, the whole branch."""

    source_branch_name: str
    target_branch_name: str
    overwrite: bool = False
    data_uuids: list[Id] | None = None
    label_uuids: list[Id] | None = None


@router.post("/v2/public/projects/{project}/label-rows/classifications")
def read_classifications(call: CurrentCall, project: Id, wanted: ClassificationsWanted) -> Json:
    """The classification answers of label rows, in the given order."""
    label_rows.check_count(call, wanted.label_uuids)
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        rows = label_rows.read(db, project, wanted.label_uuids)
    return Json({"labels": [_wire(row) for row in rows if row["branch"] == wanted.branch_name]})


@router.post("/v2/public/projects/{project}/labels/copy-branch")
def copy_branch(call: CurrentCall, project: Id, wanted: BranchCopy) -> Json:
    """Copy labels from one branch to another, all or none."""
    label_rows.check_count(call, wanted.label_uuids or [])
    with call.state.database.writing() as db:
        access.project(db, call.caller, project)
        hashes = label_branches.hashes_in(
            db, project, wanted.source_branch_name, label_hashes=wanted.label_uuids, data_hashes=wanted.data_uuids
        )
        copied = label_branches.copy(db, hashes, to_branch=wanted.target_branch_name, is_overwriting=wanted.overwrite)
    return Json({"copiedCount": copied})


@router.get("/v2/public/projects/{project}/labels/{label}/validation-state")
def read_validation_state(call: CurrentCall, project: Id, label: Id) -> Json:
    """The problems found by the last save of a row."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        row = label_rows.read(db, project, [label])[0]
    errors = json.loads(row["errors_json"])
    return Json(
        {
            "labelHash": row["hash"],
            "branchName": row["branch"],
            "version": row["version"],
            "isValid": not errors,
            "errors": errors,
        }
    )


def _wire(row: sqlite3.Row) -> dict[str, Any]:
    answers = json.loads(row["classification_answers_json"])
    return {
        "labelUuid": row["hash"],
        "dataUuid": row["data_row"],
        "dataTitle": row["data_title"],
        "branchName": row["branch"],
        "classificationAnswers": {
            key: {name: answer.get(name) for name in _ANSWER_KEYS} for key, answer in answers.items()
        },
        "exportUuid": None,
        "exportedAt": None,
    }
