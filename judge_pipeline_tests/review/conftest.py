from judge_pipeline_tests.engine.fixtures import encord, models_server, quick_surroundings, trial, trial_instance
from judge_pipeline_tests.review.fixtures import colours, reviewed

__all__ = ["colours", "encord", "models_server", "quick_surroundings", "reviewed", "trial", "trial_instance"]
