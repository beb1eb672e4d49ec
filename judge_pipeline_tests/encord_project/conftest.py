from judge_pipeline_tests.assets.fixtures import encord, models_server, quick_surroundings, trial

__all__ = ["encord", "models_server", "quick_surroundings", "trial"]
