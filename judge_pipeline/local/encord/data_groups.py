"""Data groups: storage items made of other items, shown together by a layout and labelled as one data row.

A label row of a group has a *space* for each member, under the member's item uuid.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from judge_pipeline.local.encord import access, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.group_layout import LayoutNode, LayoutSettings, carousel_of, grid_of, keys_in
from judge_pipeline.local.encord.wire import Body, Id

SPACE_TYPES = {"image": "image", "plainText": "text", "video": "video", "audio": "audio", "pdf": "pdf"}
"""The type of the space of each kind of member; items of other kinds cannot be members here."""

ROOT = "root"
"""The space of labels on a multi-layer group as a whole."""


class _Group(Body):
    name: str | None = None
    client_metadata: dict[str, Any] | None = None


class ArrangedGroup(_Group):
    """Members in their order, arranged by Encord: as a grid or as a carousel. Their keys are their numbers."""

    layout_type: Literal["default-grid", "default-list"]
    layout_contents: tuple[Id, ...] = Field(min_length=1)


class CustomGroup(_Group):
    """Members by key, arranged by a layout of these keys."""

    layout_type: Literal["custom"]
    layout_contents: dict[str, Id] = Field(min_length=1)
    layout: LayoutNode | None = None
    settings: LayoutSettings = LayoutSettings()
    timeline: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_keys(self) -> "CustomGroup":
        named = [*(keys_in(self.layout) if self.layout else ()), *self.timeline, *(self.settings.tile_settings or ())]
        if unknown := sorted(set(named) - self.layout_contents.keys()):
            raise PydanticCustomError(
                "keys",
                "the layout names {unknown}, expected keys of layoutContents: {known}",
                {"unknown": unknown, "known": sorted(self.layout_contents)},
            )
        return self


NewGroup = Annotated[ArrangedGroup | CustomGroup, Field(discriminator="layout_type")]


@dataclass(frozen=True)
class Member:
    """One item of a group, under its key in the layout."""

    group: str
    key: str
    row: sqlite3.Row

    @property
    def item(self) -> str:
        """The uuid of the item."""
        return str(self.row["uuid"])


def create(
    db: sqlite3.Connection, caller: str, folder: str, groups: Sequence[ArrangedGroup | CustomGroup]
) -> list[str]:
    """Create groups in a folder, all or none; returns their uuids in order."""
    return [_create(db, caller, folder, group) for group in groups]


def _create(db: sqlite3.Connection, caller: str, folder: str, group: ArrangedGroup | CustomGroup) -> str:
    contents = group.layout_contents
    by_key = contents if isinstance(contents, Mapping) else {str(number): item for number, item in enumerate(contents)}
    if repeated := sorted({item for item in by_key.values() if list(by_key.values()).count(item) > 1}):
        raise InvalidArguments(f"storage item {repeated[0]} is in the group more than once")
    for row in access.items(db, caller, list(by_key.values())):
        if row["type"] not in SPACE_TYPES:
            raise InvalidArguments(
                f"storage item {row['uuid']} is of type {row['type']}; members of a group here are {', '.join(SPACE_TYPES)}"
            )
    uuid, at = str(uuid4()), times.now()
    db.execute(
        """INSERT INTO items (uuid, folder, type, name, client_metadata_json, owner, created_at, edited_at, object_key)
           VALUES (?, ?, 'group', ?, ?, ?, ?, ?, '')""",
        (uuid, folder, group.name or f"group-{uuid[:8]}", json.dumps(group.client_metadata or {}), caller, at, at),
    )
    if isinstance(group, CustomGroup):
        layout, settings, timeline = group.layout, group.settings, group.timeline
    else:
        arrange = grid_of if group.layout_type == "default-grid" else carousel_of
        layout, settings, timeline = arrange(list(by_key)), LayoutSettings(), ()
    db.execute(
        "INSERT INTO data_groups VALUES (?, ?, ?, ?)",
        (
            uuid,
            layout.model_dump_json(by_alias=True) if layout else None,
            settings.model_dump_json(by_alias=True),
            json.dumps(timeline),
        ),
    )
    db.executemany(
        "INSERT INTO data_group_members VALUES (?, ?, ?, ?)",
        [(uuid, key, item, number) for number, (key, item) in enumerate(by_key.items())],
    )
    return uuid


def members(db: sqlite3.Connection, groups: Iterable[str]) -> dict[str, list[Member]]:
    """The members of each group in their order, by the group's uuid."""
    found: dict[str, list[Member]] = {}
    for row in db.execute(
        f"""SELECT m.group_item, m.key, {access.ITEM_COLUMNS} FROM data_group_members m JOIN items i ON i.uuid = m.item
            WHERE m.group_item IN (SELECT value FROM json_each(?)) ORDER BY m.group_item, m.position""",  # noqa: S608
        (json_list(groups),),
    ):
        found.setdefault(row["group_item"], []).append(Member(row["group_item"], row["key"], row))
    return found


def frames(db: sqlite3.Connection, group: str) -> list[sqlite3.Row]:
    """The frames of an image group or a sequence, in order."""
    return [member.row for member in members(db, [group]).get(group, [])]


def settings_of(db: sqlite3.Connection, group: str) -> sqlite3.Row:
    """The stored layout, settings and timeline of a group."""
    row: sqlite3.Row = db.execute("SELECT * FROM data_groups WHERE item = ?", (group,)).fetchone()
    return row


def layout_wire(db: sqlite3.Connection, group: str) -> dict[str, Any]:
    """A group's layout in the form of the SDK's `DataGroupShortInfo`."""
    row = settings_of(db, group)
    return {
        "layoutContents": {each.key: {"uuid": each.item} for each in members(db, [group])[group]},
        "layout": json.loads(row["layout_json"]) if row["layout_json"] else None,
        "layoutSettings": json.loads(row["settings_json"]),
        "timeline": json.loads(row["timeline_json"]),
    }


def groups_with(db: sqlite3.Connection, item: str) -> list[sqlite3.Row]:
    """The groups that have this item, with the name of their folder."""
    return db.execute(
        """SELECT g.*, f.name AS folder_name FROM data_group_members m JOIN items g ON g.uuid = m.group_item
           JOIN folders f ON f.uuid = g.folder WHERE m.item = ? ORDER BY g.seq""",
        (item,),
    ).fetchall()


def spaces(db: sqlite3.Connection, items: Iterable[tuple[str, str]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The spaces of those of these items (uuid and type) that are groups, without labels, by the group's uuid."""
    groups = {uuid for uuid, item_type in items if item_type == "group"}
    if not groups:
        return {}
    found = {group: {each.item: _space(each) for each in of_group} for group, of_group in members(db, groups).items()}
    multilayer = db.execute(
        """SELECT g.item, i.name FROM data_groups g JOIN items i ON i.uuid = g.item
           WHERE g.settings_json ->> 'hasMultilayerLabels' AND g.item IN (SELECT value FROM json_each(?))""",
        (json_list(groups),),
    )
    for row in multilayer:
        first = next(iter(found[row["item"]].values()))
        size = {"width": first.get("width") or 0, "height": first.get("height") or 0}
        root = {"space_type": "image", "root_info": {"file_name": row["name"]}} | size
        found[row["item"]] = {ROOT: root} | found[row["item"]]
    return found


def _space(member: Member) -> dict[str, Any]:
    row = member.row
    media = json.loads(row["media_json"])
    facts: dict[str, Any] = {}
    if row["type"] in ("image", "video"):
        facts = {"width": row["width"] or 0, "height": row["height"] or 0}
    if row["type"] == "video":
        facts |= {"number_of_frames": media["frameCount"], "data_fps": media["fps"], "data_duration": media["duration"]}
    elif row["type"] == "audio":
        facts = {"duration_ms": round(media["duration"] * 1000)}
    elif row["type"] == "pdf":
        facts = {"number_of_pages": media["frameCount"]}
    child = {"layout_key": member.key, "file_name": row["name"], "data_link": row["object_key"]}
    return {"space_type": SPACE_TYPES[row["type"]], "child_info": child} | facts


def check_removable(db: sqlite3.Connection, uuids: Sequence[str]) -> None:
    """Raise InvalidArguments if one of these items is in a group that stays."""
    row = db.execute(
        """SELECT m.item, m.group_item FROM data_group_members m
           WHERE m.item IN (SELECT value FROM json_each(:items))
             AND m.group_item NOT IN (SELECT value FROM json_each(:items))""",
        {"items": json_list(uuids)},
    ).fetchone()
    if row is not None:
        raise InvalidArguments(
            f"storage item {row['item']} is in the data group {row['group_item']}; delete the group first"
        )


def unused_members(db: sqlite3.Connection, groups: Sequence[str]) -> list[str]:
    """The members of these groups that no other group and no dataset uses."""
    rows = db.execute(
        """SELECT DISTINCT item FROM data_group_members m WHERE group_item IN (SELECT value FROM json_each(:groups))
             AND NOT EXISTS (SELECT 1 FROM data_rows r WHERE r.item = m.item)
             AND NOT EXISTS (SELECT 1 FROM data_group_members o WHERE o.item = m.item
                             AND o.group_item NOT IN (SELECT value FROM json_each(:groups)))""",
        {"groups": json_list(groups)},
    )
    return [row["item"] for row in rows]
