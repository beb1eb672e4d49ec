"""Queries about label rows: listing, creating, reading, saving, reopening and completing."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from judge_pipeline.local.encord import access, data_groups, label_listing, label_rows, tasks
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.label_listing import MAIN_BRANCH, LabelRowFilter
from judge_pipeline.local.encord.label_shapes import LabelsJson
from judge_pipeline.local.encord.tasks import Move
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.workflow import StageKind, Workflow


@dataclass(frozen=True)
class Features:
    """Selects the labels of some of the ontology's objects and classifications, by feature hash; None means all."""

    objects: Collection[str] | None = None
    classifications: Collection[str] | None = None

    def filter(self, row: dict[str, Any]) -> dict[str, Any]:
        """A label row in the SDK's form with only these labels; the answers of other objects stay and do no harm."""
        answers = row["classification_answers"]
        return row | {
            "data_units": {
                key: unit | {"labels": self._filter_frame(unit["labels"])} for key, unit in row["data_units"].items()
            },
            "classification_answers": {
                key: answer for key, answer in answers.items() if _is_among(answer, self.classifications)
            },
        }

    def _filter_frame(self, frame_labels: dict[str, Any]) -> dict[str, Any]:
        return {
            kind: [label for label in labels if _is_among(label, getattr(self, kind))]
            if kind in ("objects", "classifications") and isinstance(labels, list)
            else self._filter_frame(labels)  # of one frame of a video
            if isinstance(labels, dict)
            else labels
            for kind, labels in frame_labels.items()
        }


ALL_FEATURES = Features()


class RowsToCreate(BaseModel):
    """The payload of `labelrow PUT`."""

    get_signed_url: bool = False
    branch_name: str | None = None


class RowsWanted(BaseModel):
    """The payload of `labelrow GET`."""

    get_signed_url: bool = False
    include_object_feature_hashes: list[str] | None = None
    include_classification_feature_hashes: list[str] | None = None

    @property
    def features(self) -> Features:
        """The requested labels."""
        return Features(self.include_object_feature_hashes, self.include_classification_feature_hashes)


class RowsToSave(BaseModel):
    """The payload of `labelrow POST`: whole label rows, in the order of the ids."""

    multi_request: Literal[True]
    labels: list[LabelsJson]
    validate_before_saving: bool | None = False


class RowToSave(BaseModel):
    """The payload of `labelrow POST` for a single id: the label row itself, with this among its keys."""

    validate_before_saving: bool | None = False


class GraphAction(BaseModel):
    """What to do with the tasks of label rows."""

    action: Literal["reopen", "complete"]


def list_rows(query: Query) -> list[dict[str, Any]]:
    """`labelrowmetadata GET`: all matching rows, in one response."""
    wanted = LabelRowFilter.model_validate(query.payload or {})
    with query.call.state.database.reading() as db:
        project = access.project(db, query.call.caller, query.resource)
        workflow = Workflow.model_validate_json(project["workflow_json"])
        return label_listing.label_rows(db, query.call, query.resource, workflow, wanted)


def create_rows(query: Query) -> Any:
    """`labelrow PUT`: the label rows of data units; existing ones are returned unchanged."""
    wanted = RowsToCreate.model_validate(query.payload or {})
    label_rows.check_count(query.call, query.ids())
    with query.call.state.database.writing() as db:
        project = access.project(db, query.call.caller, query.resource)
        rows = label_rows.initialise(db, query.resource, query.ids(), wanted.branch_name or MAIN_BRANCH)
    with query.call.state.database.reading() as db:
        return _wire(query, db, rows, project["workflow_json"], sign_url=wanted.get_signed_url)


def read_rows(query: Query) -> Any:
    """`labelrow GET`: label rows by their hashes."""
    wanted = RowsWanted.model_validate(query.payload or {})
    label_rows.check_count(query.call, query.ids())
    with query.call.state.database.reading() as db:
        project = access.project(db, query.call.caller, query.resource)
        rows = label_rows.read(db, query.resource, query.ids())
        return _wire(query, db, rows, project["workflow_json"], sign_url=wanted.get_signed_url, only=wanted.features)


def save_rows(query: Query) -> bool:
    """`labelrow POST`: replace the labels of rows; the workflow does not move."""
    label_hashes, wanted = query.ids(), _rows_to_save(query)
    label_rows.check_count(query.call, label_hashes)
    if len(wanted.labels) != len(label_hashes):
        raise InvalidArguments(f"{len(label_hashes)} label hashes, but {len(wanted.labels)} labels")
    with query.call.state.database.writing() as db:
        project = access.project(db, query.call.caller, query.resource)
        label_rows.save(
            db,
            project,
            Workflow.model_validate_json(project["workflow_json"]),
            dict(zip(label_hashes, wanted.labels, strict=True)),
            by=query.call.caller,
            refuse_invalid=bool(wanted.validate_before_saving),
        )
    return True


def _rows_to_save(query: Query) -> RowsToSave:
    if not isinstance(query.uid, str):
        return RowsToSave.model_validate(query.payload)
    single = RowToSave.model_validate(query.payload)
    return RowsToSave(multi_request=True, labels=[query.payload], validate_before_saving=single.validate_before_saving)


def move_in_graph(query: Query) -> bool:
    """`labelworkflowgraphnode POST`: move tasks to the first annotation stage, or to Complete."""
    action = GraphAction.model_validate(query.payload).action
    state = query.call.state
    with state.database.writing() as db:
        row = access.project(db, query.call.caller, query.resource)
        workflow = Workflow.model_validate_json(row["workflow_json"])
        kind = StageKind.ANNOTATION if action == "reopen" else StageKind.COMPLETE
        destinations = [stage for stage in workflow.stages if stage.kind is kind]
        if not destinations:
            raise InvalidArguments(f"{action} needs a stage of kind {kind}, the workflow has none")
        found = db.execute(
            """SELECT t.* FROM tasks t JOIN label_rows l ON l.project = t.project AND l.data_row = t.data_row
               WHERE t.project = ? AND l.hash IN (SELECT value FROM json_each(?))""",
            (query.resource, json_list(query.ids())),
        ).fetchall()
        if len(found) != len(set(query.ids())):
            raise InvalidArguments(f"project {query.resource} does not have all of these label rows; nothing was done")
        status = "REOPENED" if action == "reopen" else "NEW"
        moves = [Move(task, destinations[0], status=status) for task in found]
        tasks.move(db, query.resource, moves, by=query.call.caller, rotate_uuids=state.options.rotate_task_uuids)
    return True


def _wire(
    query: Query,
    db: sqlite3.Connection,
    rows: list[sqlite3.Row],
    workflow_json: str,
    *,
    sign_url: bool,
    only: Features = ALL_FEATURES,
) -> Any:
    workflow = Workflow.model_validate_json(workflow_json)
    spaces = data_groups.spaces(db, ((row["item"], row["type"]) for row in rows))
    rows_wire = [
        only.filter(
            label_rows.wire(db, query.call, row, workflow, sign_url=sign_url, spaces=spaces.get(row["item"], {}))
        )
        for row in rows
    ]
    return rows_wire[0] if isinstance(query.uid, str) else rows_wire


def _is_among(label: Any, features: Collection[str] | None) -> bool:
    return features is None or (isinstance(label, dict) and label.get("featureHash") in features)
