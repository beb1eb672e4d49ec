"""The code location that Dagster loads, for the settings in the environment; nothing else imports this module."""

from judge_pipeline.composition.loading import load_definitions

defs = load_definitions()
