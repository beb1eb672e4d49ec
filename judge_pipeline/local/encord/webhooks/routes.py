"""The routes under `/_local/webhooks`: registering, listing and removing webhooks."""

import sqlite3
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request

from judge_pipeline.local.encord import tasks, times
from judge_pipeline.local.encord.errors import InvalidArguments, NotFound
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.loopback import ControlRoute
from judge_pipeline.local.encord.webhooks import deliveries
from judge_pipeline.local.encord.webhooks.webhook import NewWebhook, Webhook, WebhookKind, webhook_of
from judge_pipeline.local.encord.wire import Id
from judge_pipeline.local.encord.workflow import Stage, StageKind

router = APIRouter(prefix="/_local/webhooks", route_class=ControlRoute)


@router.post("")
def register(request: Request, new: NewWebhook) -> dict[str, str]:
    """Register a webhook; registering the same stage and kind again replaces its URL, secret and settings.

    A task-ready webhook counts the tasks already in the stage; a custom agent is called only for tasks that enter later.
    """
    with state_of(request).database.writing() as db:
        stage = _agent_stage(db, new.project_hash, new.stage)
        (uuid,) = db.execute(
            """INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project, stage, kind) DO UPDATE SET
                 url = excluded.url, secret = excluded.secret, settings_json = excluded.settings_json,
                 check_at = excluded.check_at RETURNING uuid""",
            (
                str(uuid4()),
                new.project_hash,
                stage.uuid,
                new.kind,
                new.url,
                new.secret,
                new.settings_json(),
                times.now(),
                0 if new.kind is WebhookKind.TASK_READY else None,
            ),
        ).fetchone()
    return {"uuid": uuid}


@router.get("")
def report(request: Request) -> list[dict[str, Any]]:
    """Every webhook with its latest deliveries and their outcomes, newest first; secrets are left out."""
    with state_of(request).database.reading() as db:
        webhooks = [webhook_of(row) for row in db.execute("SELECT * FROM webhooks ORDER BY created_at")]
        return [_describe(db, webhook) for webhook in webhooks]


@router.delete("")
def remove_all(request: Request) -> dict[str, int]:
    """Remove all webhooks with their deliveries."""
    with state_of(request).database.writing() as db:
        return {"removed": db.execute("DELETE FROM webhooks").rowcount}


@router.delete("/{webhook}")
def remove(request: Request, webhook: Id) -> dict[str, int]:
    """Remove a webhook with its deliveries; a call in progress is not cancelled."""
    with state_of(request).database.writing() as db:
        removed = db.execute("DELETE FROM webhooks WHERE uuid = ?", (webhook,)).rowcount
    if not removed:
        raise NotFound(f"there is no webhook {webhook}")
    return {"removed": removed}


def _agent_stage(db: sqlite3.Connection, project: str, name: str) -> Stage:
    """The agent stage of a project with this title or uuid."""
    if not db.execute("SELECT 1 FROM projects WHERE uuid = ?", (project,)).fetchone():
        raise NotFound(f"there is no project {project}")
    stages = [stage for stage in tasks.workflow_of(db, project).stages if stage.kind is StageKind.AGENT]
    for stage in stages:
        if name in (stage.title, stage.uuid):
            return stage
    raise InvalidArguments(
        f"the project has no agent stage {name!r}; its agent stages are {[stage.title for stage in stages]}"
    )


def _describe(db: sqlite3.Connection, webhook: Webhook) -> dict[str, Any]:
    stage = tasks.workflow_of(db, webhook.project).stage(webhook.stage)
    return {
        "uuid": webhook.uuid,
        "project_hash": webhook.project,
        "stage": stage.title,
        "stage_uuid": stage.uuid,
        "kind": webhook.kind,
        "url": webhook.url,
        **webhook.settings.model_dump(),
        **deliveries.report(db, webhook),
    }
