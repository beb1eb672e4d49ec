"""Environments without what whoever runs the tests has set of ours."""

import os
from collections.abc import Mapping

import pytest

from judge_pipeline.settings.settings import Settings


def is_ours(name: str) -> bool:
    """Whether a variable is one of our settings, or names a Dagster instance."""
    return name == "DAGSTER_HOME" or name.lower().partition("__")[0] in Settings.model_fields


def bare_environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """For a process: this one's environment with these settings and no other."""
    return {name: value for name, value in os.environ.items() if not is_ours(name)} | dict(settings or {})


def set_only(patch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    """For this process: these settings and no other."""
    for name in [name for name in os.environ if is_ours(name)]:
        patch.delenv(name)
    for name, value in settings.items():
        patch.setenv(name, value)
