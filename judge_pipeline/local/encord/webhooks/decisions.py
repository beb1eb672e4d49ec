"""What an agent's answer does to its task: it names the pathway, or leaves by the only one."""

import json
import sqlite3

from judge_pipeline.local.encord import tasks
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.tasks import Move
from judge_pipeline.local.encord.webhooks.webhook import Webhook
from judge_pipeline.local.encord.workflow import Pathway, Stage

MAX_DECISION_LENGTH = 256
"""Encord drops a longer one without a word."""


def decision_of(answer: bytes) -> str | None:
    """The `decision` in an agent's answer; any answer without a usable one decides nothing."""
    try:
        decision = json.loads(answer)["decision"].strip()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return decision if 0 < len(decision) <= MAX_DECISION_LENGTH else None


def way_out(stage: Stage, decision: str | None) -> Pathway:
    """The pathway that a task takes; InvalidArguments when the decision fits none, or is missing where there are several.

    Encord would take the stage's default pathway then; workflows here have none.
    """
    names = [way.name for way in stage.pathways]
    if decision is None and len(names) > 1:
        raise InvalidArguments(
            f"stage {stage.title!r} has the pathways {names}; the answer's `decision` has to name one"
        )
    for way in stage.pathways:
        if decision in (None, way.name):
            return way
    raise InvalidArguments(f"the answer's decision is {decision!r}; stage {stage.title!r} has the pathways {names}")


def carry_out(db: sqlite3.Connection, webhook: Webhook, task: int, answer: bytes, *, rotate_uuids: bool) -> None:
    """Move the task of a custom agent's call along its pathway, in the project creator's name.

    A task that the agent has already moved stays where it is. Raises InvalidArguments when there is no way for it.
    """
    row = db.execute("SELECT * FROM tasks WHERE seq = ? AND stage = ?", (task, webhook.stage)).fetchone()
    if row is None:
        return
    project = db.execute("SELECT creator, status FROM projects WHERE uuid = ?", (webhook.project,)).fetchone()
    if project["status"] == "paused":
        raise InvalidArguments("the project is paused; its tasks cannot be moved")
    workflow = tasks.workflow_of(db, webhook.project)
    way = way_out(workflow.stage(webhook.stage), decision_of(answer))
    move = Move(row, workflow.stage(way.to))
    tasks.carry_out(db, webhook.project, [move], by=project["creator"], rotate_uuids=rotate_uuids)
