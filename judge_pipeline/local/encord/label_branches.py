"""Copies labels from one branch to another; the copies are independent afterwards."""

import sqlite3
from collections.abc import Sequence
from uuid import uuid4

from judge_pipeline.local.encord import times
from judge_pipeline.local.encord.database import json_list

_OVERWRITE = """
  UPDATE SET edited_at = excluded.edited_at, version = version + 1, errors_json = excluded.errors_json,
    frame_labels_json = excluded.frame_labels_json, object_answers_json = excluded.object_answers_json,
    object_actions_json = excluded.object_actions_json,
    classification_answers_json = excluded.classification_answers_json
"""


def hashes_in(
    db: sqlite3.Connection,
    project: str,
    branch: str,
    *,
    label_hashes: Sequence[str] | None,
    data_hashes: Sequence[str] | None,
) -> list[str]:
    """The label hashes of a branch, restricted to these label rows and data hashes; None means no restriction."""
    rows = db.execute(
        """SELECT hash FROM label_rows WHERE project = :project AND branch = :branch
             AND (:hashes IS NULL OR hash IN (SELECT value FROM json_each(:hashes)))
             AND (:data_rows IS NULL OR data_row IN (SELECT value FROM json_each(:data_rows)))""",
        {
            "project": project,
            "branch": branch,
            "hashes": None if label_hashes is None else json_list(label_hashes),
            "data_rows": None if data_hashes is None else json_list(data_hashes),
        },
    )
    return [row["hash"] for row in rows]


def copy(db: sqlite3.Connection, label_hashes: Sequence[str], *, to_branch: str, is_overwriting: bool) -> int:
    """Copy label rows to another branch; returns how many were created or overwritten.

    Existing labels of the target branch are kept, unless `is_overwriting`: then their label hash stays and their version
    goes up.
    """
    at = times.now()
    return sum(
        db.execute(
            f"""INSERT INTO label_rows
                SELECT ?, project, data_row, ?, ?, ?, 1, errors_json, frame_labels_json, object_answers_json,
                       object_actions_json, classification_answers_json FROM label_rows WHERE hash = ?
                ON CONFLICT (project, data_row, branch) DO {_OVERWRITE if is_overwriting else "NOTHING"}""",  # noqa: S608
            (str(uuid4()), to_branch, at, at, label_hash),
        ).rowcount
        for label_hash in label_hashes
    )
