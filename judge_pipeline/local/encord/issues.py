"""Issues: comments on a data unit, on a point in it, or on one of its labels."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, uuid4, uuid5

from pydantic import Field

from judge_pipeline.local.encord import times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments, NotAuthorised
from judge_pipeline.local.encord.wire import Body, Id

FrameIndex = Annotated[int, Field(ge=0, lt=2**63)]


class _Anchor(Body):
    data_uuid: Id
    space_id: str | None = None

    def place(self) -> dict[str, Any]:
        """Its position in the data unit, in the SDK's form."""
        return {}


class OnDataUnit(_Anchor):
    """The whole image or text."""

    type: Literal["dataUnit"]


class OnFrame(_Anchor):
    """One frame; images and texts have one."""

    type: Literal["frame"]
    frame_index: FrameIndex

    def place(self) -> dict[str, Any]:
        """Its position in the data unit, in the SDK's form."""
        return {"frameIndex": self.frame_index}


class OnCoordinate(_Anchor):
    """A point of an image; `x` and `y` are stored as sent."""

    type: Literal["frameCoordinate"]
    frame_index: FrameIndex
    x: float
    y: float

    def place(self) -> dict[str, Any]:
        """Its position in the data unit, in the SDK's form."""
        return {"frameIndex": self.frame_index, "coordinate": {"x": self.x, "y": self.y}}


class FrameRange(Body):
    """First and last frame."""

    start: FrameIndex
    end: FrameIndex


class OnAnnotation(_Anchor):
    """A label, by its classification or object hash; it may have been deleted since."""

    type: Literal["annotation"]
    annotation_id: str
    frame_ranges: tuple[FrameRange, ...] | None = None

    def place(self) -> dict[str, Any]:
        """Its position in the data unit, in the SDK's form."""
        ranges = self.frame_ranges and [{"start": frames.start, "end": frames.end} for frames in self.frame_ranges]
        return {"annotationId": self.annotation_id, "frameRanges": ranges}


class InScene(_Anchor):
    """A point of a scene; parsed only to be refused."""

    type: Literal["sceneCoordinate"]


Anchor = Annotated[OnDataUnit | OnFrame | OnCoordinate | OnAnnotation | InScene, Field(discriminator="type")]


class NewIssue(Body):
    """A comment and its anchor."""

    anchor: Anchor
    comment: str
    issue_tags: tuple[str, ...] = ()


def add(db: sqlite3.Connection, project: str, new: Sequence[NewIssue], *, by: str) -> None:
    """Add issues, all or none; NotAuthorised for a data unit that is not in the project."""
    if any(isinstance(issue.anchor, InScene) for issue in new):
        raise InvalidArguments("this server stores images and plain texts only: there are no scenes to remark on")
    data_units = {issue.anchor.data_uuid for issue in new}
    known = {
        row["data_row"]
        for row in db.execute(
            "SELECT data_row FROM tasks WHERE project = ? AND data_row IN (SELECT value FROM json_each(?))",
            (project, json_list(data_units)),
        )
    }
    for missing in data_units - known:
        raise NotAuthorised(f"project {project} has no data unit {missing}")
    db.executemany(
        "INSERT INTO issues (uuid, project, data_row, issue_json, author, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (str(uuid4()), project, issue.anchor.data_uuid, issue.model_dump_json(by_alias=True), by, times.now())
            for issue in new
        ],
    )


def of_data_unit(db: sqlite3.Connection, project: str, data_unit: str) -> list[dict[str, Any]]:
    """The issues of a data unit, oldest first, in the form of the SDK's `Issue`."""
    rows = db.execute("SELECT * FROM issues WHERE project = ? AND data_row = ? ORDER BY seq", (project, data_unit))
    return [_wire(row) for row in rows]


def remove(db: sqlite3.Connection, project: str, uuids: Sequence[str]) -> None:
    """Delete issues, all or none; NotAuthorised for one that the project does not have."""
    gone = {
        row["uuid"]
        for row in db.execute(
            "DELETE FROM issues WHERE project = ? AND uuid IN (SELECT value FROM json_each(?)) RETURNING uuid",
            (project, json_list(uuids)),
        ).fetchall()
    }
    for uuid in uuids:
        if uuid not in gone:
            raise NotAuthorised(f"project {project} has no issue {uuid}; nothing was deleted")


def tag_wire(name: str) -> dict[str, str]:
    """An issue tag in the form of the SDK's `IssueTag`; its uuid is derived from its name."""
    return {"name": name, "uuid": str(uuid5(NAMESPACE_URL, f"issue-tag:{name}"))}


def _wire(row: sqlite3.Row) -> dict[str, Any]:
    issue = NewIssue.model_validate(json.loads(row["issue_json"]))
    return {
        "type": issue.anchor.type,
        "uuid": row["uuid"],
        "dataUuid": row["data_row"],
        "spaceId": issue.anchor.space_id,
        "comments": [{"content": issue.comment, "authorEmail": row["author"], "createdAt": row["created_at"]}],
        "tags": [tag_wire(name) for name in issue.issue_tags],
        "resolutionHistory": [],
        **issue.anchor.place(),
    }
