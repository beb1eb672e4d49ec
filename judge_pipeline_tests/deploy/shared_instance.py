"""A Dagster instance on PostgreSQL, from the shipped `dagster.yaml`."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer

SHIPPED = ROOT / "deploy" / "pipeline"


def instance_settings(server: PostgresqlServer, database: str) -> dict[str, str]:
    """The variables that the shipped files name; the server listens on a socket in the folder PGHOST alone."""
    return {
        "PGHOST": str(server.folder),
        "DAGSTER_POSTGRES_HOST": "",
        "DAGSTER_POSTGRES_USER": "postgres",
        "DAGSTER_POSTGRES_PASSWORD": "",
        "DAGSTER_POSTGRES_DB": database,
        "DAGSTER_MAX_CONCURRENT_RUNS": "4",
        "DAGSTER_CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "DAGSTER_CELERY_BACKEND_URL": "redis://127.0.0.1:1/1",
        "DAGSTER_CODE_SERVER_HOST": "127.0.0.1",
    }


@contextmanager
def shared_home(server: PostgresqlServer, home: Path, *, config: str = "dagster.yaml") -> Iterator[Path]:
    """A DAGSTER_HOME with a shipped file and a database of its own, set in the environment until the block ends."""
    home.mkdir()
    shutil.copy(SHIPPED / config, home / "dagster.yaml")
    with server.database() as database, pytest.MonkeyPatch.context() as patch:
        for name, value in {**instance_settings(server, database), "DAGSTER_HOME": str(home)}.items():
            patch.setenv(name, value)
        yield home
