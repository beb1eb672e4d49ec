"""Alembic's migrations, read from their files once a process.

Dagster makes an SQLite database for every run, and reads its sixty migrations three times each time: a tenth of the
time of the tests that run something.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory


@contextmanager
def read_once() -> Iterator[None]:
    """As long as this lasts, a folder of migrations is looked at when it is first needed."""
    read, folders = ScriptDirectory.from_config, dict[str | None, ScriptDirectory]()

    def from_config(config: Config) -> ScriptDirectory:
        folder = config.get_alembic_option("script_location")
        if folder not in folders:
            folders[folder] = read(config)
        return folders[folder]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", from_config)
        yield
