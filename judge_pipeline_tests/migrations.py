"""Alembic's migrations, read from their files once per process.

Dagster creates an SQLite database for every run and reads its sixty migrations three times for each: an eighth of the
processor time of the tests in `automation`, by a profile.
"""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory


def cache_migrations(patch: pytest.MonkeyPatch) -> None:
    """While the patch lasts, each folder of migrations is read only once."""
    read, folders = ScriptDirectory.from_config, dict[str | None, ScriptDirectory]()

    def from_config(config: Config) -> ScriptDirectory:
        folder = config.get_alembic_option("script_location")
        if folder not in folders:
            folders[folder] = read(config)
        return folders[folder]

    patch.setattr(ScriptDirectory, "from_config", from_config)
