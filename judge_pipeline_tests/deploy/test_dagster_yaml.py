"""Dagster opens the shipped files on PostgreSQL, and writes to it."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from judge_pipeline_tests.deploy.shared_instance import SHIPPED, shared_home
from judge_pipeline_tests.store.conftest import postgresql  # noqa: F401
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer

pytestmark = pytest.mark.slow


@pytest.fixture(params=["dagster.yaml", "dagster-workers.yaml"])
def instance(
    request: pytest.FixtureRequest,
    postgresql: PostgresqlServer,  # noqa: F811
    tmp_path: Path,
) -> Iterator[dg.DagsterInstance]:
    with shared_home(postgresql, tmp_path / "home", config=request.param), dg.DagsterInstance.get() as instance:
        yield instance


def test_an_event_is_written_and_read(instance: dg.DagsterInstance) -> None:
    """With psycopg 3, which plain postgresql:// means to SQLAlchemy 2.1, writing one fails."""
    instance.report_runless_asset_event(dg.AssetMaterialization("report", metadata={"rows": 3}))
    event = instance.get_latest_materialization_event(dg.AssetKey("report"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["rows"] == dg.IntMetadataValue(3)
    assert instance.run_monitoring_enabled
    assert instance.run_retries_enabled


def test_the_file_for_workers_differs_in_the_launcher_alone() -> None:
    one, many = (
        yaml.safe_load((SHIPPED / name).read_text(encoding="utf-8"))
        for name in ("dagster.yaml", "dagster-workers.yaml")
    )
    assert many.pop("run_launcher")["class"] == "CeleryRunLauncher"
    assert one == many
