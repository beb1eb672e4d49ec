"""The Dagster instance that the commands work on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import dagster as dg


@contextmanager
def dagster_instance(default_home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance of `DAGSTER_HOME`, or one in `default_home`, made with this package's `dagster.yaml` when it is new."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(default_home.resolve())))
    ensure_dagster_home(home)
    with dg.DagsterInstance.get() as instance:
        yield instance


def ensure_dagster_home(home: Path) -> None:
    """Makes the folder and, where there is none, its `dagster.yaml`."""
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text((files("judge_pipeline.cli") / "dagster.yaml").read_text(encoding="utf-8"), encoding="utf-8")
