"""An opened project of plain images, as the pipeline sees it."""

import pytest

from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.engine.trial import Trial


@pytest.fixture
def project(trial: Trial) -> EncordProject:
    """The trial's project; images may be added before or after."""
    return trial.project
