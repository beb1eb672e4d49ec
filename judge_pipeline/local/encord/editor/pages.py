"""The routes of the pages. An item's address is the same as in Encord's app: `/label_editor/{project}/{data}`."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from judge_pipeline.local.encord import data_groups, video
from judge_pipeline.local.encord.editor import overview
from judge_pipeline.local.encord.editor.agents import EditorAgent, agents_of
from judge_pipeline.local.encord.editor.arrangement import style_sheet
from judge_pipeline.local.encord.editor.item import Item
from judge_pipeline.local.encord.editor.layout import SINGLE_ITEM
from judge_pipeline.local.encord.editor.opened_item import layout_of, open_item, text_of
from judge_pipeline.local.encord.editor.page_route import POLICY, PageRoute
from judge_pipeline.local.encord.editor.rendering import render
from judge_pipeline.local.encord.errors import NotFound
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
    """A project's stages, and its items page by page, optionally of one stage or with a text in the title."""
    state = state_of(request)
    with state.database.reading() as db:
        found = overview.project(db, project)
        chosen = None if stage is None else found.workflow.stage(stage)
        items = overview.page_of_items(db, found, stage=stage, title=title, number=page)
    return render(
        "project.html", project=found, chosen=chosen, title=title, page=items, address_of_file=_address_of_file(state)
    )


@router.get("/label_editor/{project}/{data}")
def show_item(request: Request, project: Id, data: Id, frame: Annotated[int, Query(ge=0)] = 0) -> Response:
    """One item in the project's layout, its labels, and the buttons of the project's agents, which get the shown frame."""
    state = state_of(request)
    with state.database.reading() as db:
        found = overview.project(db, project)
        shown = open_item(db, found, data, frame)
        agents = agents_of(db, project)
    texts = {
        item.data_hash: text_of(state.blobs, item)
        for items in shown.screen.items.values()
        for item in items[:1]
        if item.is_text
    }
    page = render(
        "item.html",
        project=found,
        opened=shown,
        frame=frame,
        texts=texts,
        address_of_file=_address_of_file(state),
        is_single=shown.screen.layout is SINGLE_ITEM,
        agents=agents,
    )
    return HTMLResponse(page, headers=_policy_for(agents))


def _policy_for(agents: Sequence[EditorAgent]) -> dict[str, str]:
    """A page with buttons may run its one script, which may call the agents; any other page runs no script."""
    if not agents:
        return {}
    origins = " ".join(sorted({agent.origin for agent in agents}))
    return {"Content-Security-Policy": f"{POLICY}; script-src 'self'; connect-src {origins}"}


@router.get("/items/{item}/frame/{number}")
def show_frame(request: Request, item: Id, number: Annotated[int, Path(ge=0)]) -> Response:
    """One frame as a picture: of a group the image itself, of a video the frame decoded here (docs/decisions/local-media.md)."""
    state = state_of(request)
    with state.database.reading() as db:
        row = db.execute("SELECT * FROM items WHERE uuid = ?", (item,)).fetchone()
        if row is None:
            raise NotFound(f"there is no storage item {item}")
        frames = data_groups.frames(db, item)
    if row["type"] == "video":
        return Response(video.frame_as_jpeg(state.blobs.path(row["object_key"]), number), media_type="image/jpeg")
    if number >= len(frames):
        raise NotFound(f"storage item {item} has no frame {number}")
    return FileResponse(state.blobs.path(frames[number]["object_key"]), media_type=frames[number]["mime_type"])


@router.get("/editor-assets/agents.js")
def script() -> Response:
    """The script behind the agents' buttons."""
    return Response((files(__package__) / "agents.js").read_bytes(), media_type="text/javascript")


@router.get("/editor-assets/editor.css")
def style() -> Response:
    """The style sheet of all pages."""
    return Response((files(__package__) / "editor.css").read_bytes(), media_type="text/css")


@router.get("/editor-assets/{project}/layout.css")
def layout_style(request: Request, project: Id, group: Id | None = None) -> Response:
    """The layout of a project, or of one of its data groups, as CSS; the pages' policy forbids inline styles."""
    with state_of(request).database.reading() as db:
        found = overview.project(db, project)
        layout = open_item(db, found, group).screen.layout if group else layout_of(found)
        return Response(style_sheet(layout), media_type="text/css")


def _address_of_file(state: State) -> Callable[[Item], str]:
    """Gives templates the signed URL of an item's file, relative to the page's host."""
    lifetime_seconds = state.options.signed_url_seconds

    def address(item: Item) -> str:
        return state.blobs.signed_url("", item.object_key, method="GET", lifetime_seconds=lifetime_seconds)

    return address
