"""A trial's opened project."""

import pytest

from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.engine.fixtures import dagster_in_memory, encord, models_server, quick_surroundings, trial
from judge_pipeline_tests.engine.trial import Trial

__all__ = ["dagster_in_memory", "encord", "models_server", "quick_surroundings", "trial"]


@pytest.fixture
def project(trial: Trial) -> EncordProject:
    """The trial's project; images may be added before or after."""
    return trial.project
