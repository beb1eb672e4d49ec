"""The caller and its organisation: bearer tokens, the metadata schema, and listings that are always empty here."""

import json
import secrets
from typing import Any

from fastapi import APIRouter

from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json

router = APIRouter(route_class=V2Route)


@router.get("/v2/public/user/bearer-token")
def create_token(call: CurrentCall) -> Json:
    """A token equivalent to the caller's key."""
    token = secrets.token_urlsafe(32)
    with call.state.database.writing() as db:
        db.execute("INSERT INTO tokens VALUES (?, ?)", (token, call.caller))
    return Json({"token": token})


@router.get("/v2/public/organisation/client-metadata-schema-v2")
def get_metadata_schema(call: CurrentCall) -> Json:
    """The last schema set for client metadata; null if none was."""
    with call.state.database.reading() as db:
        row = db.execute("SELECT value_json FROM settings WHERE name = 'client_metadata_schema'").fetchone()
    return Json(None if row is None else json.loads(row["value_json"]))


@router.post("/v2/public/organisation/client-metadata-schema-v2")
def set_metadata_schema(call: CurrentCall, schema: dict[str, Any]) -> Json:
    """Replace the schema of client metadata; existing metadata that does not match it is kept."""
    with call.state.database.writing() as db:
        db.execute("INSERT OR REPLACE INTO settings VALUES ('client_metadata_schema', ?)", (json.dumps(schema),))
    return Json(None)


@router.get("/v2/public/cloud-integrations")
def list_cloud_integrations(call: CurrentCall) -> Json:
    """Always empty: there are no cloud integrations here."""
    return Json({"result": []})
