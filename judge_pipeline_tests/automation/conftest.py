"""Trials whose Dagster instance is on disk: sensors and schedules open it by its reference, which one in memory has not."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline_tests.assets.fixtures import dagster_in_memory, encord, models_server, quick_surroundings, trial
from judge_pipeline_tests.assets.trial import Trial

__all__ = ["dagster_in_memory", "encord", "models_server", "quick_surroundings", "trial"]


@pytest.fixture
def instance_on_disk(trial: Trial, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as trial.instance:
        yield trial.instance
