"""A pair in its own folder."""

from pathlib import Path

import pytest

from judge_pipeline.local.pair.pair import LocalPair
from judge_pipeline_tests.state_folders import folder, home, networks

__all__ = ["folder", "home", "networks"]


@pytest.fixture
def pair(folder: Path) -> LocalPair:
    return LocalPair(folder)
