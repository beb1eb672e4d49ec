"""Decides when a stage triggers a task-ready call, and when to check it again."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from judge_pipeline.local.encord import times
from judge_pipeline.local.encord.webhooks.calls import Reason, notification
from judge_pipeline.local.encord.webhooks.webhook import DeliverySettings, Webhook, webhook_of


@dataclass(frozen=True)
class Check:
    """The result of a check: why to call, if at all, and the seconds until the next check, None for no further one."""

    reason: Reason | None
    again_in_seconds: float | None


def evaluate(settings: DeliverySettings, *, pending: int, waited_seconds: float) -> Check:
    """Check a stage with `pending` tasks, the oldest of which has waited `waited_seconds`."""
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
    """The webhooks whose stage is due for a check, except those whose last call is still pending."""
    rows = db.execute(
        """SELECT * FROM webhooks w WHERE check_at <= ? AND NOT EXISTS (
             SELECT 1 FROM webhook_deliveries d WHERE d.webhook = w.uuid AND d.status = 'pending')""",
        (now,),
    )
    return [webhook_of(row) for row in rows]


def check_stage(db: sqlite3.Connection, webhook: Webhook, now: float) -> None:
    """Check a webhook's stage, queue a call if it is due, and schedule the next check."""
    pending, oldest = db.execute(
        "SELECT count(*), min(created_at) FROM tasks WHERE project = ? AND stage = ?", (webhook.project, webhook.stage)
    ).fetchone()
    waited = now - datetime.fromisoformat(oldest).timestamp() if oldest else 0
    found = evaluate(webhook.settings, pending=pending, waited_seconds=waited)
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
