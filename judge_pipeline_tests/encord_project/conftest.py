from judge_pipeline_tests.assets.fixtures import dagster_in_memory, encord, models_server, quick_surroundings, trial
from judge_pipeline_tests.encord_project.fixtures import project

__all__ = ["dagster_in_memory", "encord", "models_server", "project", "quick_surroundings", "trial"]
