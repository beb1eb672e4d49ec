"""One local Encord and one model server; each test gets a project with a red and a blue image."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.encord_project.creation import ensure_text_classification
from judge_pipeline_tests.editor_agent.harness import CLASSIFICATION, Agent, Harness, description
from judge_pipeline_tests.editor_agent.labeller import Labeller
from judge_pipeline_tests.engine.fixtures import encord, quick_surroundings
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.models.stub_server import StubServer
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import LocalEncord, serve

__all__ = ["encord", "quick_surroundings"]


@pytest.fixture(scope="session")
def model_server() -> Iterator[tuple[StubServer, str]]:
    models = StubServer()
    with serve(models) as url:
        yield models, url


@pytest.fixture
def harness(encord: LocalEncord, model_server: tuple[StubServer, str], tmp_path: Path) -> Iterator[Harness]:
    models, url = model_server
    models.replies.clear()
    models.requests.clear()
    models.rule = lambda _asked: None if models.replies else description("A plain picture of one single colour.")
    for what in ("faults", "stats"):
        encord.control("DELETE", what)
    seed = create_seed_project(encord)
    seed.add_images([paint(tmp_path, colour) for colour in ("red", "blue")])
    ensure_text_classification(seed.connection, seed.project_hash, CLASSIFICATION)
    yield Harness(seed, models, url, tmp_path)
    encord.control("DELETE", "faults")


@pytest.fixture
def agent(harness: Harness) -> Iterator[Agent]:
    """For this machine only, as it starts by default."""
    with harness.agent() as running:
        yield running


@pytest.fixture
def person(harness: Harness) -> Labeller:
    return Labeller.join(harness.seed)
