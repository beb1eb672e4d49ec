"""What Dagster loads, with the settings that the environment has at that moment; nothing else imports this module."""

from judge_pipeline.composition import load_definitions

defs = load_definitions()
