"""Ontologies: stored and returned as sent, including feature hashes."""

import json
import sqlite3
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query

from judge_pipeline.local.encord import access, properties, times
from judge_pipeline.local.encord.errors import NotAuthorised
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.label_shapes import OntologyJson
from judge_pipeline.local.encord.properties import PropertyFilter
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


class OntologyBody(Body):
    """An ontology; `editor` is its structure."""

    title: str
    description: str = ""
    editor: OntologyJson


def _wire(row: sqlite3.Row, caller: str) -> dict[str, Any]:
    return {
        "ontologyUuid": row["uuid"],
        "title": row["title"],
        "description": row["description"],
        "editor": json.loads(row["editor_json"]),
        "createdAt": row["created_at"],
        "lastEditedAt": row["edited_at"],
        "userRole": access.ADMIN if row["owner"] == caller else access.USER,
    }


@router.get("/v2/public/ontologies")
def list_ontologies(call: CurrentCall, wanted: Annotated[PropertyFilter, Query()]) -> Json:
    """The ontologies that the caller may read."""
    with call.state.database.reading() as db:
        rows = db.execute(
            f"""SELECT * FROM ontologies o WHERE {access.VISIBLE_ONTOLOGIES} AND {properties.SQL}
                ORDER BY created_at""",  # noqa: S608 - constant texts
            wanted.parameters() | {"caller": call.caller},
        ).fetchall()
    return Json(page([_wire(row, call.caller) for row in rows]))


@router.post("/v2/public/ontologies")
def create_ontology(call: CurrentCall, new: OntologyBody) -> Json:
    """Create an ontology."""
    uuid, at = str(uuid4()), times.now()
    with call.state.database.writing() as db:
        db.execute(
            "INSERT INTO ontologies VALUES (?, ?, ?, ?, ?, ?, ?)",
            (uuid, new.title, new.description, json.dumps(new.editor), call.caller, at, at),
        )
        return Json(_wire(access.ontology(db, call.caller, uuid), call.caller))


@router.get("/v2/public/ontologies/{ontology}")
def get_ontology(call: CurrentCall, ontology: Id) -> Json:
    """One ontology."""
    with call.state.database.reading() as db:
        return Json(_wire(access.ontology(db, call.caller, ontology), call.caller))


@router.put("/v2/public/ontologies/{ontology}")
def replace_ontology(call: CurrentCall, ontology: Id, changed: OntologyBody) -> Json:
    """Replace title, description and structure."""
    with call.state.database.writing() as db:
        if access.ontology(db, call.caller, ontology)["owner"] != call.caller:
            raise NotAuthorised(f"{call.caller} may read ontology {ontology}, but not change it")
        db.execute(
            "UPDATE ontologies SET title = ?, description = ?, editor_json = ?, edited_at = ? WHERE uuid = ?",
            (changed.title, changed.description, json.dumps(changed.editor), times.now(), ontology),
        )
    return Json(None)
