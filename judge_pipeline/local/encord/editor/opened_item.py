"""One opened item with everything its page shows: the screen, its labels, and the content of text items."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from judge_pipeline.local.encord import data_groups
from judge_pipeline.local.encord.blobs import Blobs
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.editor.arrangement import Screen, arrange
from judge_pipeline.local.encord.editor.group_screen import group_screen
from judge_pipeline.local.encord.editor.item import COLUMNS, TABLES, Item, item_of
from judge_pipeline.local.encord.editor.labels import Labels, labels_of
from judge_pipeline.local.encord.editor.layout import SINGLE_ITEM, EditorLayout, read_layout
from judge_pipeline.local.encord.editor.overview import ProjectOverview
from judge_pipeline.local.encord.errors import NotFound
from judge_pipeline.local.encord.label_listing import MAIN_BRANCH

MAX_TEXT_BYTES = 100_000
"""How much of a text a page shows."""


@dataclass(frozen=True)
class OpenedItem:
    """An item in its project."""

    item: Item
    screen: Screen
    labels: Labels
    labelled_companions: tuple[Item, ...]
    """For an item without labels: the items on the same screen that have labels."""


def layout_of(project: ProjectOverview) -> EditorLayout:
    """The project's layout, or the one-item layout if it has none."""
    return SINGLE_ITEM if project.layout_json is None else read_layout(project.layout_json)


def open_item(db: sqlite3.Connection, project: ProjectOverview, data_hash: str, frame: int = 0) -> OpenedItem:
    """The item with a data hash and its labels on a frame; NotFound if the project or the item does not have it."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE p.project = ? AND r.uuid = ?",  # noqa: S608 - constant text
        (project.uuid, data_hash),
    )
    row = rows.fetchone()
    if row is None:
        raise NotFound(f"project {project.title!r} has no data unit {data_hash}")
    item = item_of(row, project.workflow)
    if frame >= max(1, item.frames):
        raise NotFound(
            f"{item.kind} {item.title!r} has no frame {frame}; its frames are 0 to {max(1, item.frames) - 1}"
        )
    if item.is_group:
        members = data_groups.members(db, [row["item"]])[row["item"]]
        keys = {member.item: member.key for member in members}
        return OpenedItem(item, group_screen(db, item, members), _labels(db, project, data_hash, keys), ())
    layout = layout_of(project)
    screen = arrange(layout, item, _companions(db, project, layout, item))
    labels = _labels(db, project, data_hash, frame=frame if item.frames else None)
    return OpenedItem(item, screen, labels, _labelled(db, project, screen) if labels.is_empty else ())


def text_of(blobs: Blobs, item: Item) -> str:
    """A text item's content; invalid UTF-8 becomes replacement characters."""
    try:
        with blobs.path(item.object_key).open("rb") as file:
            content = file.read(MAX_TEXT_BYTES + 1)
    except FileNotFoundError:
        return "(the file is missing)"
    text = content[:MAX_TEXT_BYTES].decode(errors="replace")
    return f"{text} … (the first {MAX_TEXT_BYTES} bytes)" if len(content) > MAX_TEXT_BYTES else text


def _companions(db: sqlite3.Connection, project: ProjectOverview, layout: EditorLayout, item: Item) -> list[Item]:
    """Items with the same value under the layout's key, oldest first; types are not compared yet."""
    value = item.metadata.get(layout.group_key) if layout.group_key else None
    if not isinstance(value, str | bool | int | float):
        return []
    try:
        rows = db.execute(
            f"""SELECT {COLUMNS} FROM {TABLES} WHERE p.project = ? AND EXISTS (
                  SELECT 1 FROM json_each(i.client_metadata_json) m WHERE m.key = ? AND m.value = ?) ORDER BY r.seq""",  # noqa: S608
            (project.uuid, layout.group_key, value),
        )
    except OverflowError:  # SQLite has no integer that large, so no item matches
        return []
    return [item_of(row, project.workflow) for row in rows]


def _labels(
    db: sqlite3.Connection,
    project: ProjectOverview,
    data_hash: str,
    keys: Mapping[str, str] | None = None,
    *,
    frame: int | None = None,
) -> Labels:
    ontology = db.execute("SELECT editor_json FROM ontologies WHERE uuid = ?", (project.ontology,)).fetchone()
    row = db.execute(
        """SELECT classification_answers_json AS classifications, object_answers_json AS objects
           FROM label_rows WHERE project = ? AND data_row = ? AND branch = ?""",
        (project.uuid, data_hash, MAIN_BRANCH),
    ).fetchone()
    return labels_of(
        json.loads(ontology["editor_json"]),
        json.loads(row["classifications"]) if row else {},
        json.loads(row["objects"]) if row else {},
        keys,
        frame=frame,
    )


def _labelled(db: sqlite3.Connection, project: ProjectOverview, screen: Screen) -> tuple[Item, ...]:
    shown = [item for items in screen.items.values() for item in items]
    rows = db.execute(
        """SELECT data_row FROM label_rows
           WHERE project = ? AND branch = ? AND classification_answers_json <> '{}'
             AND data_row IN (SELECT value FROM json_each(?))""",
        (project.uuid, MAIN_BRANCH, json_list(item.data_hash for item in shown)),
    )
    labelled = {row["data_row"] for row in rows}
    return tuple(item for item in shown if item.data_hash in labelled)
