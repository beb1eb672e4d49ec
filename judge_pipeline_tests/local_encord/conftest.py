"""A fresh local Encord for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord, running_local_encord

PHOTOGRAPHS = Path(__file__).parents[2] / "judge_pipeline" / "embedded" / "photographs"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalEncord]:
    with running_local_encord(tmp_path / "encord") as running:
        yield running


@pytest.fixture
def seed(server: LocalEncord) -> SeedProject:
    return create_seed_project(server)


@pytest.fixture
def photographs() -> list[Path]:
    return sorted(PHOTOGRAPHS.glob("*.jpg"))[:3]
