"""The pages' addresses. An item's is the one that Encord's app has: `/label_editor/{project}/{data}`."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from judge_pipeline.local.encord.editor import overview
from judge_pipeline.local.encord.editor.agents import EditorAgent, agents_of
from judge_pipeline.local.encord.editor.arrangement import style_sheet
from judge_pipeline.local.encord.editor.item import Item
from judge_pipeline.local.encord.editor.layout import ALONE
from judge_pipeline.local.encord.editor.opened import layout_of, opened, text_of
from judge_pipeline.local.encord.editor.page_route import POLICY, PageRoute
from judge_pipeline.local.encord.editor.rendering import render
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.state import State
from judge_pipeline.local.encord.wire import Id

router = APIRouter(route_class=PageRoute, default_response_class=HTMLResponse)


@router.get("/")
def list_projects(request: Request) -> str:
    """Every project with its stages."""
    with state_of(request).database.reading() as db:
        return render("projects.html", projects=overview.projects(db))


@router.get("/projects/{project}")
def show_project(
    request: Request,
    project: Id,
    stage: Id | None = None,
    title: str = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> str:
    """A project's stages, and its items page by page, those of one stage or with a word in the title."""
    state = state_of(request)
    with state.database.reading() as db:
        found = overview.project(db, project)
        chosen = None if stage is None else found.workflow.stage(stage)
        items = overview.page_of_items(db, found, stage=stage, title=title, number=page)
    return render(
        "project.html", project=found, chosen=chosen, title=title, page=items, address_of_file=_address_of_file(state)
    )


@router.get("/label_editor/{project}/{data}")
def show_item(request: Request, project: Id, data: Id) -> Response:
    """One item as the project's layout shows it, its labels, and the buttons of the project's agents."""
    state = state_of(request)
    with state.database.reading() as db:
        found = overview.project(db, project)
        shown = opened(db, found, data)
        agents = agents_of(db, project)
    texts = {
        item.data_hash: text_of(state.blobs, item)
        for items in shown.screen.items.values()
        for item in items[:1]
        if not item.is_image
    }
    page = render(
        "item.html",
        project=found,
        opened=shown,
        texts=texts,
        address_of_file=_address_of_file(state),
        is_alone=shown.screen.layout is ALONE,
        agents=agents,
    )
    return HTMLResponse(page, headers=_policy_for(agents))


def _policy_for(agents: Sequence[EditorAgent]) -> dict[str, str]:
    """A page with buttons may run its one script, which may talk to the agents; any other page runs nothing."""
    if not agents:
        return {}
    origins = " ".join(sorted({agent.origin for agent in agents}))
    return {"Content-Security-Policy": f"{POLICY}; script-src 'self'; connect-src {origins}"}


@router.get("/editor-assets/agents.js")
def script() -> Response:
    """What the buttons of agents do."""
    return Response((files(__package__) / "agents.js").read_bytes(), media_type="text/javascript")


@router.get("/editor-assets/editor.css")
def style() -> Response:
    """How all pages look."""
    return Response((files(__package__) / "editor.css").read_bytes(), media_type="text/css")


@router.get("/editor-assets/{project}/layout.css")
def layout_style(request: Request, project: Id) -> Response:
    """The shares of a project's layout: a page may hold no style of its own."""
    with state_of(request).database.reading() as db:
        return Response(style_sheet(layout_of(overview.project(db, project))), media_type="text/css")


def _address_of_file(state: State) -> Callable[[Item], str]:
    """How templates get the signed URL of an item's file; it names no host, so the page's own is meant."""
    lifetime_seconds = state.options.signed_url_seconds

    def address(item: Item) -> str:
        return state.blobs.signed_url("", item.object_key, method="GET", lifetime_seconds=lifetime_seconds)

    return address
