from judge_pipeline_tests.state_folders import folder, home, networks

__all__ = ["folder", "home", "networks"]
