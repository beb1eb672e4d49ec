"""The two Encords under test: the local one always, the real one with `pytest -m live`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.settings.settings import Settings
from judge_pipeline_tests.promises.target import EncordTarget, opened_target
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import running_local_encord


def is_live_run(config: pytest.Config) -> bool:
    """Whether the real Encord was requested: a key in the environment is not enough."""
    return bool(config.getoption("-m") == "live")


@pytest.fixture(autouse=True, scope="session")
def no_network_beyond_this_machine(request: pytest.FixtureRequest) -> None:
    """Applies to these tests as to all others, unless the real Encord was requested."""
    if not is_live_run(request.config):
        request.getfixturevalue("no_network_beyond_this_machine")


@pytest.fixture(scope="session")
def local_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedProject]:
    """One local Encord for all promises; each test works in its own folder."""
    with running_local_encord(tmp_path_factory.mktemp("encord")) as server:
        yield create_seed_project(server)


@pytest.fixture(params=["local", pytest.param("live", marks=pytest.mark.live)])
def encord_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EncordTarget]:
    """A project and the test's own folder, on the local Encord or the real one."""
    if request.param == "live":
        project_hash = os.environ.get("ENCORD_LIVE_PROJECT_HASH")
        if not is_live_run(request.config) or project_hash is None:
            pytest.skip("needs `pytest -m live`, ENCORD_LIVE_PROJECT_HASH and ENCORD_SSH_KEY_FILE")
        settings = Settings.read()
        connection = Connection(settings.encord_domain or DOMAIN, settings.ssh_private_key())
    else:
        seed: SeedProject = request.getfixturevalue("local_project")
        project_hash = seed.project_hash
        connection = seed.connection
    with opened_target(connection, project_hash, tmp_path) as target:
        yield target
