"""Label rows: created once for each data row and branch, saved as a whole; the last save wins."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from judge_pipeline.local.encord import data_groups, frames, label_logs, label_reviews, times
from judge_pipeline.local.encord.data_rows import DATA_TYPES
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import CorruptedLabels, NotAuthorised, TooManyLabelRows
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.label_listing import MAIN_BRANCH, label_status
from judge_pipeline.local.encord.label_validation import problems_of
from judge_pipeline.local.encord.workflow import StageKind, Workflow

_SELECT = """
  SELECT l.*, r.title AS data_title, d.uuid AS dataset, d.title AS dataset_title, i.uuid AS item, i.type,
         i.object_key, i.mime_type, i.width, i.height, i.media_json, t.stage
  FROM label_rows l JOIN data_rows r ON r.uuid = l.data_row JOIN datasets d ON d.uuid = r.dataset
  JOIN items i ON i.uuid = r.item LEFT JOIN tasks t ON t.project = l.project AND t.data_row = l.data_row
  WHERE l.project = :project
"""

SPACES = "spaces"
"""The key among a group's frame labels under which the labels of its spaces are stored."""


def check_count(call: Call, hashes: Sequence[str]) -> None:
    """Raise TooManyLabelRows if a request names more rows than allowed."""
    allowed = call.state.options.label_rows_per_request
    if len(hashes) > allowed:
        raise TooManyLabelRows(found=len(hashes), allowed=allowed)


def initialise(db: sqlite3.Connection, project: str, data_hashes: Sequence[str], branch: str) -> list[sqlite3.Row]:
    """The label rows of some data rows, in their order; missing ones are created."""
    types = {
        row["uuid"]: row["type"]
        for row in db.execute(
            """SELECT r.uuid, i.type FROM data_rows r JOIN items i ON i.uuid = r.item
               JOIN project_datasets p ON p.dataset = r.dataset AND p.project = ?
               WHERE r.uuid IN (SELECT value FROM json_each(?))""",
            (project, json_list(data_hashes)),
        )
    }
    for data_hash in data_hashes:
        if data_hash not in types:
            raise NotAuthorised(f"data unit {data_hash} is in no dataset of project {project}")
    at = times.now()
    db.executemany(
        "INSERT OR IGNORE INTO label_rows VALUES (?, ?, ?, ?, ?, ?, 1, '[]', ?, '{}', '{}', '{}')",
        [
            (str(uuid4()), project, data_hash, branch, at, at, json.dumps(frames.empty_labels(types[data_hash])))
            for data_hash in dict.fromkeys(data_hashes)
        ],
    )
    rows = {
        row["data_row"]: row
        for row in db.execute(
            f"{_SELECT} AND l.branch = :branch AND l.data_row IN (SELECT value FROM json_each(:data_rows))",  # noqa: S608 - constant text
            {"project": project, "branch": branch, "data_rows": json_list(data_hashes)},
        )
    }
    return [rows[data_hash] for data_hash in data_hashes]


def read(db: sqlite3.Connection, project: str, label_hashes: Sequence[str]) -> list[sqlite3.Row]:
    """Label rows by their hashes, in their order; NotAuthorised if one is not in the project."""
    rows = {
        row["hash"]: row
        for row in db.execute(
            f"{_SELECT} AND l.hash IN (SELECT value FROM json_each(:hashes))",  # noqa: S608 - constant text
            {"project": project, "hashes": json_list(label_hashes)},
        )
    }
    for label_hash in label_hashes:
        if label_hash not in rows:
            raise NotAuthorised(f"project {project} has no label row {label_hash}")
    return [rows[label_hash] for label_hash in label_hashes]


def save(
    db: sqlite3.Connection,
    project: sqlite3.Row,
    workflow: Workflow,
    labels: dict[str, dict[str, Any]],
    *,
    by: str,
    refuse_invalid: bool,
) -> None:
    """Replace the labels of rows, all or none; problems are stored with the labels, or refused with `refuse_invalid`."""
    rows = read(db, project["uuid"], list(labels))
    spaces = data_groups.spaces(db, ((row["item"], row["type"]) for row in rows))
    ontology = db.execute("SELECT editor_json FROM ontologies WHERE uuid = ?", (project["ontology"],)).fetchone()
    editor = json.loads(ontology["editor_json"])
    at = times.now()
    changes = []
    for row in rows:
        sent = labels[row["hash"]]
        problems = problems_of(sent, editor, frames=_frames_to_label(row), spaces=spaces.get(row["item"], {}).keys())
        if problems and refuse_invalid:
            raise CorruptedLabels(f"label row {row['hash']}: {'; '.join(problems)}")
        label_logs.record(db, project["uuid"], row, sent, editor, by=by)
        answers = _with_authors(sent.get("classification_answers") or {}, row, by=by, at=at)
        changes.append(
            (
                at,
                json.dumps(problems),
                json.dumps(_frame_labels(sent, row)),
                json.dumps(sent.get("object_answers") or {}),
                json.dumps(sent.get("object_actions") or {}),
                json.dumps(answers),
                row["hash"],
            )
        )
    db.executemany(
        """UPDATE label_rows SET edited_at = ?, version = version + 1, errors_json = ?, frame_labels_json = ?,
             object_answers_json = ?, object_actions_json = ?, classification_answers_json = ? WHERE hash = ?""",
        changes,
    )
    for stage in workflow.stages:
        reviewed = [row["data_row"] for row in rows if row["stage"] == stage.uuid and row["branch"] == MAIN_BRANCH]
        if stage.kind is StageKind.REVIEW and reviewed:
            label_reviews.sync_with_labels(db, project["uuid"], stage.uuid, reviewed)


def wire(
    db: sqlite3.Connection,
    call: Call,
    row: sqlite3.Row,
    workflow: Workflow,
    *,
    sign_url: bool,
    spaces: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """A label row in the form of the SDK's `LabelRow`; `spaces` are those of a data group."""
    frame_labels = json.loads(row["frame_labels_json"])
    of_spaces = frame_labels.pop(SPACES, {})
    stage = next((stage for stage in workflow.stages if stage.uuid == row["stage"]), None)
    return {
        "label_hash": row["hash"],
        "branch_name": row["branch"],
        "created_at": times.label_form(row["created_at"]),
        "last_edited_at": times.label_form(row["edited_at"]),
        "dataset_hash": row["dataset"],
        "dataset_title": row["dataset_title"],
        "data_title": row["data_title"],
        "data_hash": row["data_row"],
        "data_type": DATA_TYPES[row["type"]].lower(),
        "is_shadow_data": False,
        "is_valid": row["errors_json"] == "[]",
        "label_status": label_status(stage, is_initialised=True),
        "data_units": frames.data_units(db, call, row, frame_labels, sign_url=sign_url),
        "object_answers": json.loads(row["object_answers_json"]),
        "classification_answers": json.loads(row["classification_answers_json"]),
        "object_actions": json.loads(row["object_actions_json"]),
        "spaces": {uuid: {**space, "labels": of_spaces.get(uuid, {})} for uuid, space in spaces.items()},
    }


def _frame_labels(sent: dict[str, Any], row: sqlite3.Row) -> Any:
    labels = frames.labels_of(sent, row)
    of_spaces = {uuid: space["labels"] for uuid, space in (sent.get(SPACES) or {}).items() if space.get("labels")}
    return {**labels, SPACES: of_spaces} if of_spaces else labels


def _frames_to_label(row: sqlite3.Row) -> int | None:
    return frames.count(row["type"], json.loads(row["media_json"])) if row["type"] in frames.ON_FRAMES else None


def _with_authors(answers: dict[str, Any], row: sqlite3.Row, *, by: str, at: str) -> dict[str, Any]:
    """Fill in the author and last editor of each classification where the client did not."""
    before = json.loads(row["classification_answers_json"])
    authored = {}
    for key, answer in answers.items():
        old = before.get(key) or {}
        is_changed = label_logs.content_of(answer) != label_logs.content_of(old)
        editor = answer.get("lastEditedBy")
        authored[key] = answer | {
            "createdBy": answer.get("createdBy") or old.get("createdBy") or by,
            "createdAt": answer.get("createdAt") or old.get("createdAt") or times.label_form(at),
            "lastEditedBy": by if is_changed and editor in (None, old.get("lastEditedBy")) else editor,
            "lastEditedAt": answer.get("lastEditedAt") or times.label_form(at),
        }
    return authored
