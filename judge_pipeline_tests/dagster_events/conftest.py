import pytest

from judge_pipeline_tests.engine.fixtures import dagster_in_memory, encord, models_server, quick_surroundings, trial

__all__ = ["dagster_in_memory", "encord", "models_server", "quick_surroundings", "trial"]


@pytest.fixture(autouse=True)
def dagster_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What opening an instance sets is undone."""
    for variable in ("DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
