"""A server with some rows, one for each module, because fuzzing may delete data."""

from collections.abc import Iterator

import pytest
from encord.configs import SshConfig

from judge_pipeline_tests import media_files
from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.local.encord.fuzz.known import Known
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import running_local_encord


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedProject]:
    """A project with texts, a video and a group of images in the first stage, some of them with labels."""
    with running_local_encord(tmp_path_factory.mktemp("encord")) as server:
        seed = create_seed_project(server)
        files = tmp_path_factory.mktemp("files")
        folder = seed.client().get_storage_folder(seed.folder_uuid)
        framed = [
            folder.upload_video(media_files.video(files / "a.mp4")),
            folder.create_image_group(media_files.pictures(files)),
        ]
        seed.client().get_dataset(seed.dataset_hash).link_items(framed)
        add_texts(seed, files, 10)
        for row in seed.project().list_label_rows_v2()[:4]:
            row.initialise_labels()
        yield seed
        assert server.control("GET", "health").json() == {"status": "ok"}
        afterwards = create_seed_project(server)
        assert len(add_texts(afterwards, tmp_path_factory.mktemp("afterwards"), 1)) == 1
        assert len(afterwards.project().list_label_rows_v2()) == 1


@pytest.fixture(scope="module")
def known(fuzzed: SeedProject) -> Known:
    return Known.of(fuzzed)


@pytest.fixture(scope="module")
def signing(fuzzed: SeedProject) -> SshConfig:
    """Signs requests like the SDK."""
    return SshConfig.from_ssh_private_key(fuzzed.server.private_key_text, domain=fuzzed.server.url)
