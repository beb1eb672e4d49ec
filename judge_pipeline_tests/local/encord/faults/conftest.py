"""One server for all failures; every test creates its own data."""

from collections.abc import Iterator

import pytest

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox, new_text
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import running_local_encord


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_local_encord(tmp_path_factory.mktemp("encord")) as server:
        server.another_user("colleague@example.com")
        seed = create_seed_project(server)
        files = tmp_path_factory.mktemp("files")
        text = new_text(seed.client().get_storage_folder(seed.folder_uuid), files)
        yield Sandbox(seed, files, text, server.client())
