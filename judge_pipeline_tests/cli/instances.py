"""Opens the Dagster instance that commands have worked on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest


@contextmanager
def instance_in(dagster_home: Path) -> Iterator[dg.DagsterInstance]:
    """With DAGSTER_HOME set, which its `dagster.yaml` refers to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(dagster_home))
        with dg.DagsterInstance.get() as instance:
            yield instance
