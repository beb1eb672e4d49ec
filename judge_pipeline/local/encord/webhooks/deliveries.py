"""Deliveries: what is to be sent, and what became of it."""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from judge_pipeline.local.encord.database import each
from judge_pipeline.local.encord.webhooks.webhook import Webhook, webhook_of

SHOWN_DELIVERIES = 100


class Status(StrEnum):
    """How far a delivery is; the last three are final."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Attempt:
    """One call: when (ISO 8601) and for how long, the answer's status and beginning, or why there is none that counts."""

    at: str
    seconds: float
    status: int | None
    answer: str
    error: str | None

    @property
    def is_worth_another(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True)
class Delivery:
    """A call to make: `task` is the task's row, None for a notification; `attempts` were made before."""

    seq: int
    webhook: Webhook
    task: int | None
    body: str
    attempts: tuple[dict[str, Any], ...]


def due(db: sqlite3.Connection, now: float, *, besides: Collection[int], limit: int) -> list[Delivery]:
    """Deliveries whose time has come, longest due first, without those under way."""
    rows = db.execute(
        """SELECT w.*, d.seq, d.task, d.body, d.attempts_json
           FROM webhook_deliveries d JOIN webhooks w ON w.uuid = d.webhook
           WHERE d.status = 'pending' AND d.due_at <= ? AND d.seq NOT IN (SELECT value FROM json_each(?))
           ORDER BY d.due_at, d.seq LIMIT ?""",
        (now, each(besides), limit),
    )
    return [
        Delivery(row["seq"], webhook_of(row), row["task"], row["body"], tuple(json.loads(row["attempts_json"])))
        for row in rows
    ]


def next_time(db: sqlite3.Connection, now: float) -> float | None:
    """When something will be due that is not due yet, None when nothing is planned."""
    (at,) = db.execute(
        """SELECT min(at) FROM (SELECT min(due_at) AS at FROM webhook_deliveries WHERE status = 'pending' AND due_at > :now
                                UNION ALL SELECT min(check_at) FROM webhooks WHERE check_at > :now)""",
        {"now": now},
    ).fetchone()
    return None if at is None else float(at)


def record(db: sqlite3.Connection, delivery: Delivery, attempt: Attempt, *, now: float) -> None:
    """Write down an attempt: done, over, or to be repeated after a pause."""
    attempts = [*delivery.attempts, asdict(attempt)]
    settings = delivery.webhook.settings
    status, due_at = Status.FAILED, now
    if attempt.error is None:
        status = Status.DELIVERED
    elif attempt.is_worth_another and len(attempts) < settings.max_attempts:
        status, due_at = Status.PENDING, now + settings.pause_after(len(attempts))
    db.execute(
        """UPDATE webhook_deliveries SET attempts_json = :attempts, due_at = :due_at,
             status = iif(status = 'dropped' AND :status = 'pending', 'dropped', :status) WHERE seq = :seq""",
        {"attempts": json.dumps(attempts), "due_at": due_at, "status": status, "seq": delivery.seq},
    )


def report(db: sqlite3.Connection, webhook: Webhook) -> dict[str, Any]:
    """Counts of a webhook's deliveries by status, and the last of them, newest first."""
    counts = {
        row["status"]: row["n"]
        for row in db.execute(
            "SELECT status, count(*) AS n FROM webhook_deliveries WHERE webhook = ? GROUP BY status", (webhook.uuid,)
        )
    }
    rows = db.execute(
        "SELECT * FROM webhook_deliveries WHERE webhook = ? ORDER BY seq DESC LIMIT ?", (webhook.uuid, SHOWN_DELIVERIES)
    )
    return {
        "counts": {status: counts.get(status, 0) for status in Status},
        "deliveries": [
            {
                "status": row["status"],
                "created_at": row["created_at"],
                "body": json.loads(row["body"]),
                "attempts": json.loads(row["attempts_json"]),
            }
            for row in rows
        ],
    }
