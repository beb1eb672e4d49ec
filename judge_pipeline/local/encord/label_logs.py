"""The log of label changes: for each save, who added, edited or deleted which label of which data unit."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from judge_pipeline.local.encord import times


class Action(IntEnum):
    """The SDK's numbers."""

    ADD = 0
    EDIT = 1
    DELETE = 2


def record(
    db: sqlite3.Connection,
    project: str,
    row: sqlite3.Row,
    sent: Mapping[str, Any],
    editor: Mapping[str, Any],
    *,
    by: str,
) -> None:
    """Log how the labels of a save differ from those of the label row; `editor` is the ontology's structure."""
    titles = {c["featureNodeHash"]: c["attributes"][0]["name"] for c in editor["classifications"] if c["attributes"]}
    changes = [
        (action, key, feature, titles.get(feature))
        for action, key, label in _changes(row["classification_answers_json"], sent.get("classification_answers"))
        for feature in [label.get("featureHash")]
    ]
    changes += [
        (action, key, None, None) for action, key, _ in _changes(row["object_answers_json"], sent.get("object_answers"))
    ]
    at = times.now()
    db.executemany(
        """INSERT INTO label_logs (uuid, project, data_row, email, at, action, label, feature, name)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [(str(uuid4()), project, row["data_row"], by, at, *change) for change in changes],
    )


def _changes(before_json: str, after: Mapping[str, Any] | None) -> Iterator[tuple[Action, str, Mapping[str, Any]]]:
    """The changed labels: in their new form, or in their last form if deleted."""
    before, after = json.loads(before_json), after or {}
    for key, new in after.items():
        if key not in before:
            yield Action.ADD, key, new
        elif content_of(before[key]) != content_of(new):
            yield Action.EDIT, key, new
    for key in before.keys() - after.keys():
        yield Action.DELETE, key, before[key]


def content_of(label: Mapping[str, Any]) -> list[Any]:
    """The answers without their order, which the SDK changes with every save."""
    answers = [(answer.get("featureHash"), answer.get("answers")) for answer in label.get("classifications") or ()]
    return sorted(answers, key=lambda answer: str(answer[0]))


def wire(row: sqlite3.Row) -> dict[str, Any]:
    """A change in the form of the SDK's `LabelLog`; working time is not measured here."""
    return {
        "log_hash": row["uuid"],
        "user_hash": user_hash(row["email"]),
        "user_email": row["email"],
        "data_hash": row["data_row"],
        "action": row["action"],
        "created_at": row["at"],
        "identifier": row["label"],
        "feature_hash": row["feature"],
        "label_name": row["name"],
        "time_taken": None,
        "frame": 0,
    }


def user_hash(email: str) -> str:
    """A user's hash; only the label log uses it."""
    return str(uuid5(NAMESPACE_URL, f"mailto:{email}"))
