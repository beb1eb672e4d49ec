"""An item of a project as the pages show it: a data row with its storage item and its task."""

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from judge_pipeline.local.encord.workflow import Stage, Workflow

COLUMNS = """r.uuid AS data_hash, r.title, d.title AS dataset, i.uuid AS item, i.type, i.object_key,
             i.client_metadata_json, i.width, i.height, i.file_size, i.media_json, t.stage, t.status, t.priority,
             t.assignee"""

TABLES = """project_datasets p JOIN datasets d ON d.uuid = p.dataset JOIN data_rows r ON r.dataset = d.uuid
            JOIN items i ON i.uuid = r.item LEFT JOIN tasks t ON t.project = p.project AND t.data_row = r.uuid"""


KINDS = {
    "image": "image",
    "plainText": "text",
    "group": "data group",
    "video": "video",
    "imageGroup": "image group",
    "imageSequence": "image sequence",
    "audio": "audio file",
    "pdf": "PDF",
}
"""What each item type is, for people."""

_FRAMED = ("video", "imageGroup", "imageSequence")


@dataclass(frozen=True)
class Item:
    """One data row; width and height in pixels, None for what has none; `stage` is None only if its task was removed.

    `item` is the uuid of its storage item, `type` that item's type. `frames` is 0 for what has no frames that a page shows.
    """

    data_hash: str
    title: str
    dataset: str
    item: str
    type: str
    frames: int
    object_key: str
    metadata: dict[str, Any]
    width: int | None
    height: int | None
    file_size: int | None
    stage: Stage | None
    status: str | None
    priority: float | None
    assignee: str | None

    @property
    def is_image(self) -> bool:
        """Whether it is one image."""
        return self.type == "image"

    @property
    def is_text(self) -> bool:
        """Whether it is a text."""
        return self.type == "plainText"

    @property
    def is_group(self) -> bool:
        """Whether it is a data group, which is made of other items."""
        return self.type == "group"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return KINDS[self.type]


def item_of(row: sqlite3.Row, workflow: Workflow) -> Item:
    """An item from the columns above."""
    return Item(
        data_hash=row["data_hash"],
        title=row["title"],
        dataset=row["dataset"],
        item=row["item"],
        stage=next((stage for stage in workflow.stages if stage.uuid == row["stage"]), None),
        status=row["status"],
        priority=row["priority"],
        assignee=row["assignee"],
        **_stored(row),
    )


def member_of(group: Item, row: sqlite3.Row) -> Item:
    """A member of a group as an item, from its storage item; it has no page of its own."""
    return replace(group, data_hash=row["uuid"], title=row["name"], item=row["uuid"], **_stored(row))


def _stored(row: sqlite3.Row) -> dict[str, Any]:
    """What the storage item says of its file."""
    return {
        "type": row["type"],
        "frames": int(json.loads(row["media_json"])["frameCount"]) if row["type"] in _FRAMED else 0,
        "object_key": row["object_key"],
        "metadata": json.loads(row["client_metadata_json"]),
        "width": row["width"],
        "height": row["height"],
        "file_size": row["file_size"],
    }
