"""Labels in bulk: the classifications of many rows at once, and whether a row is valid."""

import json
import sqlite3
from typing import Any

from fastapi import APIRouter

from judge_pipeline.local_encord import access, label_rows
from judge_pipeline.local_encord.answers import Json
from judge_pipeline.local_encord.exchange import CurrentCall, V2Route
from judge_pipeline.local_encord.label_listing import MAIN_BRANCH
from judge_pipeline.local_encord.wire import Body, Id

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


@router.post("/v2/public/projects/{project}/label-rows/classifications")
def read_classifications(call: CurrentCall, project: Id, wanted: ClassificationsWanted) -> Json:
    """The classification answers of label rows in the order asked for."""
    label_rows.check_count(call, wanted.label_uuids)
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        rows = label_rows.read(db, project, wanted.label_uuids)
    return Json({"labels": [_wire(row) for row in rows if row["branch"] == wanted.branch_name]})


@router.get("/v2/public/projects/{project}/labels/{label}/validation-state")
def read_validation_state(call: CurrentCall, project: Id, label: Id) -> Json:
    """The problems that the last save of a row found."""
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
