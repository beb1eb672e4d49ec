"""Folders for embedded pairs, whose servers are ended with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.embedded.pair import EmbeddedPair
from judge_pipeline_tests.processes import working_on


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the local models of all tests keep their networks, which take a second to convert and 60 MB."""
    return tmp_path_factory.mktemp("networks")


@pytest.fixture
def folder(tmp_path: Path, networks: Path) -> Iterator[Path]:
    """A state folder; nobody works on it after the test."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "models").symlink_to(networks, target_is_directory=True)
    yield folder
    EmbeddedPair(folder).stop()
    assert working_on(folder) == set()


@pytest.fixture
def pair(folder: Path) -> EmbeddedPair:
    return EmbeddedPair(folder)
