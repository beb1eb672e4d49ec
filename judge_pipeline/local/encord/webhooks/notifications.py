"""When a stage is worth a task-ready call, and when to look again."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from judge_pipeline.local.encord import times
from judge_pipeline.local.encord.webhooks.calls import Reason, notification
from judge_pipeline.local.encord.webhooks.webhook import Settings, Webhook, webhook_of


@dataclass(frozen=True)
class Check:
    """What a look at a stage says: why to call, if at all, and in how many seconds to look again, None for not at all."""

    reason: Reason | None
    again_in_seconds: float | None


def check(settings: Settings, *, pending: int, waited_seconds: float) -> Check:
    """Judge a stage with so many tasks, the oldest of which has waited so long."""
    if not pending:
        return Check(None, None)
    if pending >= settings.batch_size:
        return Check(Reason.BATCH_SIZE_REACHED, settings.resend_seconds)
    if settings.max_wait_seconds is None:
        return Check(None, None)
    if waited_seconds >= settings.max_wait_seconds:
        return Check(Reason.MAX_WAIT_ELAPSED, settings.resend_seconds)
    return Check(None, settings.max_wait_seconds - waited_seconds)


def due_webhooks(db: sqlite3.Connection, now: float) -> list[Webhook]:
    """The webhooks whose stage is to be looked at; one whose last call is not through yet has to wait for it."""
    rows = db.execute(
        """SELECT * FROM webhooks w WHERE check_at <= ? AND NOT EXISTS (
             SELECT 1 FROM webhook_deliveries d WHERE d.webhook = w.uuid AND d.status = 'pending')""",
        (now,),
    )
    return [webhook_of(row) for row in rows]


def look(db: sqlite3.Connection, webhook: Webhook, now: float) -> None:
    """Look at a webhook's stage and write down the call that it is worth."""
    pending, oldest = db.execute(
        "SELECT count(*), min(created_at) FROM tasks WHERE project = ? AND stage = ?", (webhook.project, webhook.stage)
    ).fetchone()
    waited = now - datetime.fromisoformat(oldest).timestamp() if oldest else 0
    found = check(webhook.settings, pending=pending, waited_seconds=waited)
    if found.reason is not None:
        at = times.now()
        body = notification(
            uid=str(uuid4()),
            at=at,
            project=webhook.project,
            stage=webhook.stage,
            pending_count=pending,
            reason=found.reason,
        )
        db.execute(
            "INSERT INTO webhook_deliveries (webhook, body, created_at) VALUES (?, ?, ?)", (webhook.uuid, body, at)
        )
    check_at = None if found.again_in_seconds is None else now + found.again_in_seconds
    db.execute("UPDATE webhooks SET check_at = ? WHERE uuid = ?", (check_at, webhook.uuid))
