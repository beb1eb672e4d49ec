"""Deliveries: what to send, and the outcome."""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.webhooks.webhook import Webhook, webhook_of

SHOWN_DELIVERIES = 100


class DeliveryStatus(StrEnum):
    """The status of a delivery; the last three are final."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Attempt:
    """One call: its time (ISO 8601) and duration, the status and beginning of the answer, and the error if it failed."""

    at: str
    seconds: float
    status: int | None
    answer: str
    error: str | None

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True)
class Delivery:
    """A call to make: `task` is the task's row, None for a notification; `attempts` are the earlier ones."""

    seq: int
    webhook: Webhook
    task: int | None
    body: str
    attempts: tuple[dict[str, Any], ...]


def due(db: sqlite3.Connection, now: float, *, exclude: Collection[int], limit: int) -> list[Delivery]:
    """Deliveries that are due, longest due first, except those in progress."""
    rows = db.execute(
        """SELECT w.*, d.seq, d.task, d.body, d.attempts_json
           FROM webhook_deliveries d JOIN webhooks w ON w.uuid = d.webhook
           WHERE d.status = 'pending' AND d.due_at <= ? AND d.seq NOT IN (SELECT value FROM json_each(?))
           ORDER BY d.due_at, d.seq LIMIT ?""",
        (now, json_list(exclude), limit),
    )
    return [
        Delivery(row["seq"], webhook_of(row), row["task"], row["body"], tuple(json.loads(row["attempts_json"])))
        for row in rows
    ]


def next_time(db: sqlite3.Connection, now: float) -> float | None:
    """When the next delivery or check will be due; None if none is scheduled."""
    (at,) = db.execute(
        """SELECT min(at) FROM (SELECT min(due_at) AS at FROM webhook_deliveries WHERE status = 'pending' AND due_at > :now
                                UNION ALL SELECT min(check_at) FROM webhooks WHERE check_at > :now)""",
        {"now": now},
    ).fetchone()
    return None if at is None else float(at)


def record(db: sqlite3.Connection, delivery: Delivery, attempt: Attempt, *, now: float) -> None:
    """Record an attempt: delivered, failed, or to be retried after a pause."""
    attempts = [*delivery.attempts, asdict(attempt)]
    settings = delivery.webhook.settings
    status, due_at = DeliveryStatus.FAILED, now
    if attempt.error is None:
        status = DeliveryStatus.DELIVERED
    elif attempt.is_retryable and len(attempts) < settings.max_attempts:
        status, due_at = DeliveryStatus.PENDING, now + settings.pause_after(len(attempts))
    db.execute(
        """UPDATE webhook_deliveries SET attempts_json = :attempts, due_at = :due_at,
             status = iif(status = 'dropped' AND :status = 'pending', 'dropped', :status) WHERE seq = :seq""",
        {"attempts": json.dumps(attempts), "due_at": due_at, "status": status, "seq": delivery.seq},
    )


def report(db: sqlite3.Connection, webhook: Webhook) -> dict[str, Any]:
    """A webhook's deliveries: counts by status, and the latest ones, newest first."""
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
        "counts": {status: counts.get(status, 0) for status in DeliveryStatus},
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
