"""An item of a project as the pages show it: a data row with its storage item and its task."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from judge_pipeline.local.encord.workflow import Stage, Workflow

COLUMNS = """r.uuid AS data_hash, r.title, d.title AS dataset, i.uuid AS item, i.type, i.object_key,
             i.client_metadata_json, i.width, i.height, i.file_size, t.stage, t.status, t.priority, t.assignee"""

TABLES = """project_datasets p JOIN datasets d ON d.uuid = p.dataset JOIN data_rows r ON r.dataset = d.uuid
            JOIN items i ON i.uuid = r.item LEFT JOIN tasks t ON t.project = p.project AND t.data_row = r.uuid"""


@dataclass(frozen=True)
class Item:
    """One data row; width and height in pixels, both None for texts; `stage` is None only if its task was removed."""

    data_hash: str
    title: str
    dataset: str
    is_image: bool
    object_key: str
    metadata: dict[str, Any]
    width: int | None
    height: int | None
    file_size: int | None
    stage: Stage | None
    status: str | None
    priority: float | None
    assignee: str | None
    is_group: bool = False

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return "image" if self.is_image else "data group" if self.is_group else "text"


def item_of(row: sqlite3.Row, workflow: Workflow) -> Item:
    """An item from the columns above."""
    return Item(
        data_hash=row["data_hash"],
        title=row["title"],
        dataset=row["dataset"],
        is_image=row["type"] == "image",
        is_group=row["type"] == "group",
        object_key=row["object_key"],
        metadata=json.loads(row["client_metadata_json"]),
        width=row["width"],
        height=row["height"],
        file_size=row["file_size"],
        stage=next((stage for stage in workflow.stages if stage.uuid == row["stage"]), None),
        status=row["status"],
        priority=row["priority"],
        assignee=row["assignee"],
    )
