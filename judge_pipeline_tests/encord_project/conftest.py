from judge_pipeline_tests.assets.fixtures import encord, models_server, no_telemetry, trial

__all__ = ["encord", "models_server", "no_telemetry", "trial"]
