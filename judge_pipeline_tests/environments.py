"""Environments without the pipeline's settings of the shell that runs the tests."""

import os
from collections.abc import Mapping

import pytest

from judge_pipeline.settings.settings import Settings


def is_pipeline_variable(name: str) -> bool:
    """Whether a variable is one of the pipeline's settings, or DAGSTER_HOME."""
    return name == "DAGSTER_HOME" or name.lower().partition("__")[0] in Settings.model_fields


def clean_environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """For a child process: this environment with these settings and no others."""
    return {name: value for name, value in os.environ.items() if not is_pipeline_variable(name)} | dict(settings or {})


def use_only_settings(patch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    """For this process: these settings and no others."""
    for name in [name for name in os.environ if is_pipeline_variable(name)]:
        patch.delenv(name)
    for name, value in settings.items():
        patch.setenv(name, value)
