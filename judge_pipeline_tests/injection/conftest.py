from judge_pipeline_tests.engine.fixtures import encord, models_server, quick_surroundings, trial, trial_instance

__all__ = ["encord", "models_server", "quick_surroundings", "trial", "trial_instance"]
