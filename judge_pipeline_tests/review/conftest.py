from judge_pipeline_tests.engine.fixtures import dagster_in_memory, encord, models_server, quick_surroundings, trial
from judge_pipeline_tests.review.fixtures import colours, reviewed

__all__ = ["colours", "dagster_in_memory", "encord", "models_server", "quick_surroundings", "reviewed", "trial"]
