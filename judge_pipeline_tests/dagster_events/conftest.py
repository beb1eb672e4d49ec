import pytest

from judge_pipeline_tests.engine.fixtures import encord, models_server, quick_surroundings, trial, trial_instance

__all__ = ["encord", "models_server", "quick_surroundings", "trial", "trial_instance"]


@pytest.fixture(autouse=True)
def dagster_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What opening an instance sets is undone."""
    for variable in ("DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
