"""One local Encord and one model server; each test gets a project with a red and a blue image, a copy of the first one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.encord_project.creation import ensure_text_classification
from judge_pipeline_tests.editor_agent.harness import CLASSIFICATION, Agent, Harness, description
from judge_pipeline_tests.editor_agent.labeller import Labeller
from judge_pipeline_tests.engine.finished_projects import FinishedProjects, finished_projects
from judge_pipeline_tests.engine.fixtures import quick_surroundings
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.models.stub_server import StubServer
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import serve

__all__ = ["quick_surroundings"]

PLAIN = ("red and blue",)


@pytest.fixture(scope="session")
def model_server() -> Iterator[tuple[StubServer, str]]:
    models = StubServer()
    with serve(models) as url:
        yield models, url


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FinishedProjects]:
    """With the project that every test begins with: making it takes 0.07 s, copying it a third of that."""
    with finished_projects(tmp_path_factory.mktemp("projects")) as projects:
        folder = tmp_path_factory.mktemp("made")
        seed = create_seed_project(projects.encord)
        seed.add_images([paint(folder, colour) for colour in ("red", "blue")])
        ensure_text_classification(seed.connection, seed.project_hash, CLASSIFICATION)
        projects.keep(PLAIN, seed, {}, [], folder)
        yield projects


@pytest.fixture
def harness(projects: FinishedProjects, model_server: tuple[StubServer, str], tmp_path: Path) -> Iterator[Harness]:
    models, url = model_server
    models.replies.clear()
    models.requests.clear()
    models.rule = lambda _asked: None if models.replies else description("A plain picture of one single colour.")
    yield Harness(projects.restore(PLAIN, tmp_path).seed, models, url, tmp_path)
    projects.encord.control("DELETE", "faults")


@pytest.fixture
def agent(harness: Harness) -> Iterator[Agent]:
    """For this machine only, as it starts by default."""
    with harness.agent() as running:
        yield running


@pytest.fixture
def person(harness: Harness) -> Labeller:
    return Labeller.join(harness.seed)
