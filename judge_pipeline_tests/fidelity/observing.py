"""Runs all demonstrations against one local Encord."""

from pathlib import Path

from judge_pipeline.local.encord import create_app
from judge_pipeline.local.encord.v1.queries import QUERIES
from judge_pipeline_tests.fidelity.demonstrations import demonstrations
from judge_pipeline_tests.fidelity.page import page
from judge_pipeline_tests.fidelity.show import Show, Shown
from judge_pipeline_tests.fidelity.world import COLLEAGUE, World
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import running_local_encord

V2_PREFIX = "/v2/public/"


def observe(folder: Path) -> list[Shown]:
    """The calls of all demonstrations; AssertionError if one behaves differently than it asserts."""
    files = folder / "files"
    files.mkdir()
    with running_local_encord(folder / "encord") as server:
        server.another_user(COLLEAGUE)
        world, show = World(create_seed_project(server), files), Show(server)
        for name, demonstrate in demonstrations():
            show.demonstration = name
            demonstrate(show, world)
    return show.shown


def page_of(shown: list[Shown], folder: Path) -> str:
    """The page, with the served operations that no demonstration uses."""
    used = {operation for one in shown for operation in one.operations}
    return page(shown, unused_operations=sorted(operations(folder / "described") - used))


def operations(folder: Path) -> set[str]:
    """Every operation that the server imitates, named as in its log."""
    app = create_app(folder)
    app.state.local_encord.close()
    v2 = {
        f"{method.upper()} {path.removeprefix(V2_PREFIX)}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if path.startswith(V2_PREFIX)
    }
    return v2 | {f"v1 {method} {query_type}" for _, method, query_type in QUERIES}
