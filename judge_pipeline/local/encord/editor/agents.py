"""A project's editor agents: buttons on its items' pages, registered under `/_local/projects/{project}/editor-agents`.

In Encord they are registered in the project's settings. On a click the browser sends the same request as Encord's editor:
`POST` with `{"projectHash", "dataHash", "frame"}` as JSON, unsigned, after a preflight; any 2xx reloads the page.
"""

import json
import sqlite3
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, TypeAdapter

from judge_pipeline.local.encord.errors import NotFound
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.loopback import ControlRoute
from judge_pipeline.local.encord.wire import Id


class EditorAgent(BaseModel):
    """One button. Encord accepts only HTTPS; this server also accepts HTTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=100)]
    url: AnyHttpUrl

    @property
    def origin(self) -> str:
        """The origin that the page's Content-Security-Policy must allow."""
        return f"{self.url.scheme}://{self.url.host}:{self.url.port}"


_AGENTS = TypeAdapter(list[EditorAgent])

router = APIRouter(prefix="/_local", route_class=ControlRoute)


@router.put("/projects/{project}/editor-agents")
def set_editor_agents(request: Request, project: Id, agents: list[EditorAgent]) -> Any:
    """Set a project's agents, in the order of their buttons; an empty list removes all buttons."""
    with state_of(request).database.writing() as db:
        _check_project(db, project)
        db.execute("INSERT OR REPLACE INTO editor_agents VALUES (?, ?)", (project, _AGENTS.dump_json(agents).decode()))
    return _AGENTS.dump_python(agents, mode="json")


@router.get("/projects/{project}/editor-agents")
def get_editor_agents(request: Request, project: Id) -> Any:
    """A project's agents."""
    with state_of(request).database.reading() as db:
        _check_project(db, project)
        return _AGENTS.dump_python(agents_of(db, project), mode="json")


def agents_of(db: sqlite3.Connection, project: str) -> list[EditorAgent]:
    """The agents registered for a project."""
    row = db.execute("SELECT agents_json FROM editor_agents WHERE project = ?", (project,)).fetchone()
    return _AGENTS.validate_python(json.loads(row["agents_json"])) if row else []


def _check_project(db: sqlite3.Connection, project: str) -> None:
    if not db.execute("SELECT 1 FROM projects WHERE uuid = ?", (project,)).fetchone():
        raise NotFound(f"there is no project {project}")
