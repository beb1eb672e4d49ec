"""Applies an agent's answer to its task: the answer names the pathway, unless there is only one."""

import json
import sqlite3

from judge_pipeline.local.encord import tasks
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.tasks import Move
from judge_pipeline.local.encord.webhooks.webhook import Webhook
from judge_pipeline.local.encord.workflow import Pathway, Stage

MAX_DECISION_LENGTH = 256
"""Encord silently drops a longer one."""


def decision_of(answer: bytes) -> str | None:
    """The `decision` in an agent's answer; None if it has no usable one."""
    try:
        decision = json.loads(answer)["decision"].strip()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return decision if 0 < len(decision) <= MAX_DECISION_LENGTH else None


def choose_pathway(stage: Stage, decision: str | None) -> Pathway:
    """The pathway that a task takes; InvalidArguments if the decision matches none, or is missing and there are several.

    Encord would then take the stage's default pathway; workflows here have none.
    """
    names = [pathway.name for pathway in stage.pathways]
    if decision is None and len(names) > 1:
        raise InvalidArguments(f"stage {stage.title!r} has the pathways {names}; the answer's `decision` must name one")
    for pathway in stage.pathways:
        if decision in (None, pathway.name):
            return pathway
    raise InvalidArguments(f"the answer's decision is {decision!r}; stage {stage.title!r} has the pathways {names}")


def apply_answer(db: sqlite3.Connection, webhook: Webhook, task: int, answer: bytes, *, rotate_uuids: bool) -> None:
    """Move the task of a custom agent's call along its pathway, on behalf of the project's creator.

    A task that the agent has already moved stays where it is. Raises InvalidArguments if no pathway applies.
    """
    row = db.execute("SELECT * FROM tasks WHERE seq = ? AND stage = ?", (task, webhook.stage)).fetchone()
    if row is None:
        return
    project = db.execute("SELECT creator, status FROM projects WHERE uuid = ?", (webhook.project,)).fetchone()
    if project["status"] == "paused":
        raise InvalidArguments("the project is paused; its tasks cannot be moved")
    workflow = tasks.workflow_of(db, webhook.project)
    pathway = choose_pathway(workflow.stage(webhook.stage), decision_of(answer))
    move = Move(row, workflow.stage(pathway.to))
    tasks.move(db, webhook.project, [move], by=project["creator"], rotate_uuids=rotate_uuids)
