"""The tests of promises leave no folder, item or row behind, even when they fail half-way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from judge_pipeline.encord_project.connection import Connection
from judge_pipeline_tests.promises.target import FOLDER_NAME, EncordTarget, opened_target
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import running_local_encord


class HalfWay(Exception):
    """A test's failure in the middle of its work."""


def test_a_test_that_fails_leaves_nothing_behind(encord_target: EncordTarget, tmp_path: Path) -> None:
    items: list[str] = []
    with pytest.raises(HalfWay):
        fail_half_way(encord_target.connection, encord_target.project_hash, tmp_path, items)
    assert len(items) == 2
    assert encord_target.rows_of_items(items) == []
    assert encord_target.pipeline().existing_items(items) == set()
    ours = {folder.name for folder in encord_target.sdk().list_storage_folders(search=FOLDER_NAME)}
    assert ours == {encord_target.folder().name}


def fail_half_way(connection: Connection, project_hash: str, files: Path, items: list[str]) -> None:
    with opened_target(connection, project_hash, files) as target:
        items += target.images(2)
        target.pipeline().link_items(target.dataset_hash, items[:1])
        raise HalfWay


@pytest.mark.slow
def test_the_real_encord_is_reached_by_settings_alone(tmp_path: Path) -> None:
    """`pytest -m live` as a user runs it, on a server given by environment variables only."""
    with running_local_encord(tmp_path) as server:
        seed = create_seed_project(server)
        environment = os.environ | {
            "ENCORD_DOMAIN": server.url,
            "ENCORD_SSH_KEY": server.private_key_text,
            "ENCORD_LIVE_PROJECT_HASH": seed.project_hash,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        promise = f"{Path(__file__).parent / 'test_linking.py'}::test_linking_twice_adds_one_row"
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "live", "-p", "pytest_timeout", "-p", "no:cacheprovider", promise],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert run.returncode == 0, run.stdout
        assert "1 passed" in run.stdout
        assert server.control("GET", "stats").json()["by_operation"]["v1 POST datasetlinkitems"] == 2
        assert list(server.client().list_storage_folders(search=FOLDER_NAME)) == []
