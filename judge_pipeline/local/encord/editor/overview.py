"""Lists: all projects, a project's stages with their counts, and its items page by page."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from judge_pipeline.local.encord.editor.item import COLUMNS, KINDS, TABLES, Item, item_of
from judge_pipeline.local.encord.errors import NotFound
from judge_pipeline.local.encord.workflow import Stage, Workflow

PAGE_SIZE = 50


@dataclass(frozen=True)
class StageCount:
    """A stage with the number of tasks in it, by item type."""

    stage: Stage
    by_type: Mapping[str, int]

    @property
    def tasks(self) -> int:
        """All tasks."""
        return sum(self.by_type.values())

    @property
    def kinds(self) -> dict[str, int]:
        """The number of tasks of each kind that people know; images and texts are always there."""
        return {
            kind: self.by_type.get(item_type, 0)
            for item_type, kind in KINDS.items()
            if item_type in ("image", "plainText", *self.by_type)
        }


@dataclass(frozen=True)
class ProjectOverview:
    """A project with its stages in the workflow's order."""

    uuid: str
    title: str
    description: str
    status: str
    created_at: str
    ontology: str
    workflow: Workflow
    layout_json: str | None
    stages: tuple[StageCount, ...]

    @property
    def tasks(self) -> int:
        """The tasks of all stages."""
        return sum(count.tasks for count in self.stages)


@dataclass(frozen=True)
class Page:
    """One page of a list; `number` counts from 1."""

    items: Sequence[Item]
    number: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE_SIZE))


def projects(db: sqlite3.Connection) -> list[ProjectOverview]:
    """Every project, newest first."""
    rows = db.execute("SELECT * FROM projects ORDER BY created_at DESC").fetchall()
    counts = _counts(db, None)
    return [_project(row, counts.get(row["uuid"], {})) for row in rows]


def project(db: sqlite3.Connection, uuid: str) -> ProjectOverview:
    """One project; NotFound if it does not exist."""
    row = db.execute("SELECT * FROM projects WHERE uuid = ?", (uuid,)).fetchone()
    if row is None:
        raise NotFound(f"there is no project {uuid}")
    return _project(row, _counts(db, uuid).get(uuid, {}))


def page_of_items(db: sqlite3.Connection, of: ProjectOverview, *, stage: str | None, title: str, number: int) -> Page:
    """Items in the order they were added; `title` matches any part of theirs, ignoring case."""
    conditions = """p.project = :project AND (:stage IS NULL OR t.stage = :stage)
                    AND (:title = '' OR instr(lower(r.title), lower(:title)) > 0)"""
    names = {"project": of.uuid, "stage": stage, "title": title}
    (total,) = db.execute(f"SELECT count(*) FROM {TABLES} WHERE {conditions}", names).fetchone()  # noqa: S608
    number = min(number, Page((), 1, total).last)
    rows = db.execute(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE {conditions} ORDER BY r.seq LIMIT :limit OFFSET :offset",  # noqa: S608
        names | {"limit": PAGE_SIZE, "offset": (number - 1) * PAGE_SIZE},
    )
    return Page([item_of(row, of.workflow) for row in rows], number, total)


def _project(row: sqlite3.Row, counts: dict[str, dict[str, int]]) -> ProjectOverview:
    workflow = Workflow.model_validate_json(row["workflow_json"])
    return ProjectOverview(
        uuid=row["uuid"],
        title=row["title"],
        description=row["description"],
        status=row["status"],
        created_at=row["created_at"],
        ontology=row["ontology"],
        workflow=workflow,
        layout_json=row["editor_layout_json"],
        stages=tuple(StageCount(stage, counts.get(stage.uuid, {})) for stage in workflow.stages),
    )


def _counts(db: sqlite3.Connection, project_uuid: str | None) -> dict[str, dict[str, dict[str, int]]]:
    """The number of tasks by project, stage and item type."""
    rows = db.execute(
        """SELECT t.project, t.stage, i.type, count(*) AS n
           FROM tasks t JOIN data_rows r ON r.uuid = t.data_row JOIN items i ON i.uuid = r.item
           WHERE :project IS NULL OR t.project = :project
           GROUP BY t.project, t.stage, i.type ORDER BY t.project, t.stage""",
        {"project": project_uuid},
    )
    return {
        uuid: {
            stage: {row["type"]: row["n"] for row in of_stage}
            for stage, of_stage in groupby(of_project, key=lambda row: row["stage"])
        }
        for uuid, of_project in groupby(rows, key=lambda row: row["project"])
    }
