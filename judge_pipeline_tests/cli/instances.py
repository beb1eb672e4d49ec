"""The Dagster instance that commands have worked on, opened to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest


@contextmanager
def instance_in(dagster_home: Path) -> Iterator[dg.DagsterInstance]:
    """Its `dagster.yaml` names DAGSTER_HOME, as every process that Dagster starts has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(dagster_home))
        with dg.DagsterInstance.get() as instance:
            yield instance
