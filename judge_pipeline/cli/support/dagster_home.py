"""The Dagster instance that the commands work on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import dagster as dg

from judge_pipeline.automation.killed_runs import end_killed_runs
from judge_pipeline.settings.settings import Settings, SettingsError


@contextmanager
def dagster_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance in this folder, which also becomes DAGSTER_HOME; a new folder gets this package's `dagster.yaml`.

    Runs that a killed process left as running are ended first.

    Raises:
        SettingsError: Dagster cannot open it.
    """
    home = home.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text(
            (files("judge_pipeline.cli.support") / "dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8"
        )
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        instance = dg.DagsterInstance.get()
    except Exception as error:  # whatever the storages in the file raise
        reason = " ".join(str(error).split())[:200]
        raise SettingsError(f"Dagster cannot use {config}: {reason} …; correct it, or DAGSTER_HOME") from None
    with instance:
        end_killed_runs(instance)
        yield instance


def dagster_home(settings: Settings) -> Path:
    """`DAGSTER_HOME`, or a folder next to the store if that is not set."""
    return Path(os.environ.get("DAGSTER_HOME") or settings.state_folder / "dagster_home")
