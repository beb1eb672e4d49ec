"""Creates users, workflow templates, ontologies and datasets with given uuids; Encord has no API for some of these."""

import json
import re
import sqlite3
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from judge_pipeline.local.encord import data_rows, times, workflow
from judge_pipeline.local.encord.errors import AlreadyExists, InvalidArguments
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.label_shapes import OntologyJson
from judge_pipeline.local.encord.loopback import ControlRoute
from judge_pipeline.local.encord.wire import Id
from judge_pipeline.local.encord.workflow import StageDraft

router = APIRouter(prefix="/_local", route_class=ControlRoute)


class _Seed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(_Seed):
    """A user with an Ed25519 public key, 64 hex digits; a user may have several."""

    email: str
    public_key_hex: Annotated[str, Field(pattern=re.compile(r"^[0-9a-f]{64}$"))]


class NewTemplate(_Seed):
    """A workflow template; `start` and the pathways refer to stages by title."""

    uuid: Id | None = None
    title: str
    start: str
    stages: list[StageDraft]


class NewOntology(_Seed):
    """An ontology; the owner defaults to the user registered first."""

    uuid: Id | None = None
    title: str
    description: str = ""
    structure: OntologyJson
    owner: str | None = None


class NewDataset(_Seed):
    """A dataset; the owner defaults to the user registered first."""

    uuid: Id | None = None
    title: str
    description: str = ""
    is_mirror: bool = False
    owner: str | None = None


@router.post("/users")
def register_user(request: Request, new: NewUser) -> dict[str, str]:
    """Register a key; registering it again changes nothing."""
    with state_of(request).database.writing() as db:
        row = db.execute("SELECT email FROM keys WHERE public_key = ?", (new.public_key_hex,)).fetchone()
        if row is not None and row["email"] != new.email:
            raise AlreadyExists(f"the key belongs to {row['email']}, not to {new.email}")
        db.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (new.public_key_hex, new.email))
    return {"email": new.email}


@router.post("/workflow-templates")
def create_template(request: Request, new: NewTemplate) -> dict[str, str]:
    """Create or replace a template; existing projects keep the workflow they were created with."""
    uuid = new.uuid or str(uuid4())
    built = workflow.build_workflow(uuid, start=new.start, drafts=new.stages)
    with state_of(request).database.writing() as db:
        db.execute(
            "INSERT OR REPLACE INTO workflow_templates VALUES (?, ?, ?)", (uuid, new.title, built.model_dump_json())
        )
    return {"uuid": uuid}


@router.post("/ontologies")
def create_ontology(request: Request, new: NewOntology) -> dict[str, str]:
    """Create an ontology, or replace the title, description and structure of the one with this uuid."""
    uuid, at = new.uuid or str(uuid4()), times.now()
    with state_of(request).database.writing() as db:
        db.execute(
            """INSERT INTO ontologies VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET
                 title = excluded.title, description = excluded.description, editor_json = excluded.editor_json,
                 edited_at = excluded.edited_at""",
            (uuid, new.title, new.description, json.dumps(new.structure), _owner(db, new.owner), at, at),
        )
    return {"uuid": uuid}


@router.post("/datasets")
def create_dataset(request: Request, new: NewDataset) -> dict[str, str | None]:
    """Create a dataset, or change the title and description of the one with this uuid."""
    uuid = new.uuid or str(uuid4())
    with state_of(request).database.writing() as db:
        owner = _owner(db, new.owner)
        existing = db.execute("SELECT folder FROM datasets WHERE uuid = ?", (uuid,)).fetchone()
        if existing is not None:
            db.execute(
                "UPDATE datasets SET title = ?, description = ? WHERE uuid = ?", (new.title, new.description, uuid)
            )
            return {"uuid": uuid, "backing_folder_uuid": existing["folder"]}
        folder = data_rows.create_dataset(
            db, uuid=uuid, title=new.title, description=new.description, owner=owner, is_mirror=new.is_mirror
        )
    return {"uuid": uuid, "backing_folder_uuid": folder}


def _owner(db: sqlite3.Connection, email: str | None) -> str:
    row = db.execute(
        "SELECT email FROM keys WHERE :email IS NULL OR email = :email ORDER BY rowid LIMIT 1", {"email": email}
    ).fetchone()
    if row is None:
        missing = f"there is no user {email}" if email else "there are no users yet"
        raise InvalidArguments(f"{missing}; register one with POST /_local/users")
    return str(row["email"])
