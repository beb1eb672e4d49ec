from judge_pipeline_tests.engine.fixtures import dagster_in_memory, encord, models_server, quick_surroundings, trial

__all__ = ["dagster_in_memory", "encord", "models_server", "quick_surroundings", "trial"]
