"""Queries about a project's data: one data unit, and the log of label changes."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from judge_pipeline.local.encord import access, data_groups, data_rows, label_logs, times
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.wire import Id


def _stored_form_of_seconds(seconds: int) -> str:
    try:
        return times.stored_form(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError) as problem:
        raise ValueError(f"{seconds} seconds since 1970 lie outside of the calendar") from problem


UnixSeconds = Annotated[int, AfterValidator(_stored_form_of_seconds)]
"""Whole seconds since 1970, converted to the stored form of `times`."""


class UnitWanted(BaseModel):
    """The id of `datasetdata GET`, which is an object."""

    data_hash: Id
    get_signed_url: bool = False


class LogsWanted(BaseModel):
    """Which label changes to list; times are seconds since 1970, None means no condition."""

    user_hash: str | None = None
    user_email: str | None = None
    data_hash: Id | None = None
    start_timestamp: UnixSeconds | None = None
    end_timestamp: UnixSeconds | None = None


def get_data(query: Query) -> dict[str, Any]:
    """`datasetdata GET`: the video, or the images, with a data hash; other types are neither."""
    wanted = UnitWanted.model_validate(query.uid)
    with query.call.state.database.reading() as db:
        access.project(db, query.call.caller, query.resource)
        row = data_rows.of_project(db, query.resource, wanted.data_hash)
        children = data_groups.frames(db, row["item"])

    def link(key: str) -> str:
        return query.call.signed_url(key) if wanted.get_signed_url else key

    video, images = None, []
    if row["type"] == "video":
        video = {"title": row["title"], "file_link": link(row["object_key"]), "backing_item_uuid": row["item"]}
    elif row["type"] == "image":
        images = [(row["uuid"], row["title"], row["object_key"])]
    elif children:
        images = [(child["uuid"], child["name"], child["object_key"]) for child in children]
    return {
        "data_hash": row["uuid"],
        "video": video and {"data_hash": row["uuid"]} | video,
        "images": [
            {"data_hash": row["uuid"], "image_hash": image_hash, "title": title, "file_link": link(key)}
            for image_hash, title, key in images
        ]
        or None,
    }


def list_label_logs(query: Query) -> list[dict[str, Any]]:
    """`labellog GET`: the label changes, oldest first."""
    wanted = LogsWanted.model_validate(query.payload or {})
    with query.call.state.database.reading() as db:
        access.project(db, query.call.caller, query.resource)
        rows = db.execute(
            """SELECT * FROM label_logs WHERE project = :project
                 AND (:email IS NULL OR email = :email) AND (:data_row IS NULL OR data_row = :data_row)
                 AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until) ORDER BY seq""",
            {
                "project": query.resource,
                "email": wanted.user_email,
                "data_row": wanted.data_hash,
                "since": wanted.start_timestamp,
                "until": wanted.end_timestamp,
            },
        )
        logs = [label_logs.wire(row) for row in rows]
    return [log for log in logs if wanted.user_hash in (None, log["user_hash"])]
