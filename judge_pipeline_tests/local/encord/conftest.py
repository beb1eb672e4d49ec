"""A local Encord for each test: a new user on a shared server, or a server of its own."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord, running_local_encord

PHOTOGRAPHS = Path(__file__).parents[3] / "judge_pipeline" / "local" / "pair" / "photographs"


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEncord]:
    with running_local_encord(tmp_path_factory.mktemp("encord")) as running:
        yield running


@pytest.fixture
def server(shared_server: LocalEncord) -> Iterator[LocalEncord]:
    """The server for a new user without any data; options, faults and counters are reset."""
    options = shared_server.control("GET", "config").json()
    yield shared_server.another_user(f"{uuid4()}@example.com")
    shared_server.control("POST", "config", json=options)
    shared_server.control("DELETE", "faults")
    shared_server.control("DELETE", "stats")


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[LocalEncord]:
    """For a test that looks at the data of all users."""
    with running_local_encord(tmp_path / "encord") as running:
        yield running


@pytest.fixture
def seed(server: LocalEncord) -> SeedProject:
    return create_seed_project(server)


@pytest.fixture
def photographs() -> list[Path]:
    return sorted(PHOTOGRAPHS.glob("*.jpg"))[:3]
