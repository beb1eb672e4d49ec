"""The Dagster instance that the commands work on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import dagster as dg

from judge_pipeline.automation.killed_runs import end_killed_runs
from judge_pipeline.automation.support.lost_runs import end_lost_runs
from judge_pipeline.dagster_events.sqlite_files import kept_open, make_home_files
from judge_pipeline.engine.atomic_files import write_text_atomically
from judge_pipeline.settings.dagster_instance import CONFIG, require_working_driver
from judge_pipeline.settings.settings import SettingsError
from judge_pipeline.store.errors import StoreError


@contextmanager
def dagster_instance(home: Path, database_url: str | None = None) -> Iterator[dg.DagsterInstance]:
    """The instance in this folder, which also becomes DAGSTER_HOME; a new folder gets this package's `dagster.yaml`.

    Runs that a killed process left as running are ended first; with the store's address, also those of lost machines.

    Raises:
        SettingsError: Dagster cannot open it.
    """
    home = prepare_dagster_home(home)
    require_working_driver(home)
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        instance = dg.DagsterInstance.get()
    except Exception as error:  # whatever the storages in the file raise
        reason = " ".join(str(error).split())[:200]
        raise SettingsError(f"Dagster cannot use {home / CONFIG}: {reason} …; correct it, or DAGSTER_HOME") from None
    with kept_open(home / "history" / "runs.db"), instance:
        end_killed_runs(instance)
        if database_url:
            with suppress(StoreError):  # the command itself says what is wrong with the store
                end_lost_runs(instance, database_url)
        yield instance


def prepare_dagster_home(home: Path) -> Path:
    """Creates the folder, its `dagster.yaml` and Dagster's files, where they are missing; returns its whole path."""
    home = home.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / CONFIG).exists():
        config = (files("judge_pipeline.cli.support") / CONFIG).read_text(encoding="utf-8")
        make_home_files(home)  # first, since another process leaves them to Dagster once it finds the other file
        write_text_atomically(home / CONFIG, [config])
    return home
