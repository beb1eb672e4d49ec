"""Fixtures: state folders for local pairs, whose servers stop with the test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.local.pair.pair import LocalPair
from judge_pipeline_tests.processes import processes_using


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The networks of the local models, shared by all of pytest's processes: building them takes a second and 60 MB."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "networks"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def home(tmp_path: Path, networks: Path) -> Iterator[Path]:
    """A folder for `--home` or `JUDGE_PIPELINE_HOME`; no process uses it after the test."""
    home = tmp_path / "home"
    (home / "demo").mkdir(parents=True)
    (home / "demo" / "models").symlink_to(networks, target_is_directory=True)
    yield home
    LocalPair(home / "demo").stop()
    assert processes_using(home) == set()


@pytest.fixture
def folder(home: Path) -> Path:
    """The state folder of the local pair in that home."""
    return home / "demo"
