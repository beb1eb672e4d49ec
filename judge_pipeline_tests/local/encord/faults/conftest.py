"""One server for all failures; every test makes what it needs anew."""

from collections.abc import Iterator

import pytest

from judge_pipeline_tests.local.encord.faults.desk import Desk, new_text
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import running_local_encord


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_local_encord(tmp_path_factory.mktemp("encord")) as server:
        server.another_user("colleague@example.com")
        seed = create_seed_project(server)
        files = tmp_path_factory.mktemp("files")
        text = new_text(seed.client().get_storage_folder(seed.folder_uuid), files)
        yield Desk(seed, files, text, server.client())
