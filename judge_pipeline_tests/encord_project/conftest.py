"""A trial's opened project."""

import pytest

from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.engine.fixtures import encord, models_server, quick_surroundings, trial, trial_instance
from judge_pipeline_tests.engine.trial import Trial

__all__ = ["encord", "models_server", "quick_surroundings", "trial", "trial_instance"]


@pytest.fixture
def project(trial: Trial) -> EncordProject:
    """The trial's project; images may be added before or after."""
    return trial.project
