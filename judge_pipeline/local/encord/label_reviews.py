"""Label reviews: in a review stage each classification and object of a label row is reviewed separately."""

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from judge_pipeline.local.encord.database import json_list

_LABELS = """
  SELECT t.seq AS task, 'Classification' AS label_type, c.key AS label_id
  FROM tasks t JOIN label_rows l ON l.project = t.project AND l.data_row = t.data_row AND l.branch = 'main',
       json_each(l.classification_answers_json) c
  WHERE t.project = :project AND t.stage = :stage AND t.data_row IN (SELECT value FROM json_each(:data_rows))
  UNION ALL
  SELECT t.seq, 'Object', o.key
  FROM tasks t JOIN label_rows l ON l.project = t.project AND l.data_row = t.data_row AND l.branch = 'main',
       json_each(l.object_answers_json) o
  WHERE t.project = :project AND t.stage = :stage AND t.data_row IN (SELECT value FROM json_each(:data_rows))
"""


def open_reviews(db: sqlite3.Connection, project: str, stage: str, data_rows: Sequence[str]) -> None:
    """Open a NEW review for every label of tasks that enter a review stage; these replace the reviews of an earlier visit."""
    names = {"project": project, "stage": stage, "data_rows": json_list(data_rows)}
    db.execute(
        """DELETE FROM label_reviews WHERE stage = :stage AND task IN (
             SELECT seq FROM tasks WHERE project = :project AND data_row IN (SELECT value FROM json_each(:data_rows)))""",
        names,
    )
    sync_with_labels(db, project, stage, data_rows)


def sync_with_labels(db: sqlite3.Connection, project: str, stage: str, data_rows: Sequence[str]) -> None:
    """Open reviews for labels added since the tasks entered the stage, and drop the reviews of deleted labels."""
    names = {"project": project, "stage": stage, "data_rows": json_list(data_rows)}
    labels = db.execute(_LABELS, names).fetchall()
    present = {(row["task"], row["label_type"], row["label_id"]) for row in labels}
    known = {
        (row["task"], row["label_type"], row["label_id"])
        for row in db.execute(
            """SELECT v.task, v.label_type, v.label_id FROM label_reviews v JOIN tasks t ON t.seq = v.task
               WHERE t.project = :project AND v.stage = :stage
                 AND t.data_row IN (SELECT value FROM json_each(:data_rows))""",
            names,
        )
    }
    db.executemany(
        "DELETE FROM label_reviews WHERE task = ? AND label_type = ? AND label_id = ? AND stage = ?",
        [(*label, stage) for label in known - present],
    )
    db.executemany(
        "INSERT INTO label_reviews (uuid, task, stage, label_type, label_id, status) VALUES (?, ?, ?, ?, ?, 'NEW')",
        [(str(uuid4()), task, stage, kind, label_id) for task, kind, label_id in sorted(present - known)],
    )


def decide_all(db: sqlite3.Connection, stage: str, tasks: Sequence[int], status: str) -> None:
    """Decide all open reviews of some tasks."""
    db.execute(
        """UPDATE label_reviews SET status = ? WHERE stage = ? AND status IN ('NEW', 'REOPENED')
             AND task IN (SELECT value FROM json_each(?))""",
        (status, stage, json_list(tasks)),
    )


def decide(db: sqlite3.Connection, review: int, status: str) -> None:
    """Decide one review."""
    db.execute("UPDATE label_reviews SET status = ? WHERE seq = ?", (status, review))


def review_wire(row: sqlite3.Row) -> dict[str, Any]:
    """A label review in the form of the SDK's `LabelReview`."""
    return {
        "reviewUuid": row["uuid"],
        "status": row["status"],
        "labelType": row["label_type"],
        "labelId": row["label_id"],
    }
