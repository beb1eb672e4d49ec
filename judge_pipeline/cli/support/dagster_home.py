"""The Dagster instance that the commands work on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import dagster as dg

from judge_pipeline.automation.killed_runs import end_killed_runs
from judge_pipeline.settings.settings import SettingsError


@contextmanager
def dagster_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance in this folder, made with this package's `dagster.yaml` when it is new; Dagster's own code finds it too.

    What a killed process has left there as under way is ended first.

    Raises:
        SettingsError: it cannot be opened.
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
    except Exception as error:  # whatever the storages raise that are named there
        said = " ".join(str(error).split())[:200]
        raise SettingsError(f"Dagster cannot use {config}: {said} …; correct it, or DAGSTER_HOME") from None
    with instance:
        end_killed_runs(instance)
        yield instance


def own_dagster_home(default: Path) -> Path:
    """`DAGSTER_HOME`, where that is set."""
    return Path(os.environ.get("DAGSTER_HOME") or default)
