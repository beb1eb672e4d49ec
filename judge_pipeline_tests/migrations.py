"""Alembic's migrations, read from their files once a process.

Dagster makes an SQLite database for every run, and reads its sixty migrations three times for each: an eighth of the
processor time of the tests in `automation`, by a profile.
"""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory


def read_once(patch: pytest.MonkeyPatch) -> None:
    """As long as the patch lasts, a folder of migrations is looked at when it is first needed."""
    read, folders = ScriptDirectory.from_config, dict[str | None, ScriptDirectory]()

    def from_config(config: Config) -> ScriptDirectory:
        folder = config.get_alembic_option("script_location")
        if folder not in folders:
            folders[folder] = read(config)
        return folders[folder]

    patch.setattr(ScriptDirectory, "from_config", from_config)
