"""Failures of blob uploads: signed URLs are not part of Encord's API and fail differently."""

from uuid import uuid4

import pytest
from encord.exceptions import CloudUploadError
from encord.http.utils import CloudUploadSettings
from requests.exceptions import ConnectionError as ConnectionCut

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox

PUT_BLOB = "PUT storage-blobs/{object_key:path}"
IMPATIENT_UPLOAD = CloudUploadSettings(max_retries=3, backoff_factor=0.01)


@pytest.fixture
def upload(sandbox: Sandbox) -> "Upload":
    return Upload(sandbox)


class Upload:
    """The upload of one text into an empty folder."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._desk = sandbox
        self._folder = sandbox.new_folder()

    def go(self) -> None:
        path = self._desk.files / f"{uuid4()}.txt"
        path.write_text("a caption")
        self._folder.upload_text(path, cloud_upload_settings=IMPATIENT_UPLOAD)

    def puts(self) -> int:
        """How many times the bytes arrived."""
        stats = self._desk.seed.server.control("GET", "stats").json()
        return int(stats["blobs"])

    def items(self) -> int:
        return len(list(self._folder.list_items()))


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": "reset"}, {"status": 500, "when": "after"}], ids=str)
def test_bytes_are_sent_again_after_a_failure(sandbox: Sandbox, upload: Upload, fault: dict[str, object]) -> None:
    sandbox.inject(PUT_BLOB, **fault)
    upload.go()
    assert (upload.puts(), upload.items()) == (2, 1)


def test_bytes_that_never_arrive_create_no_item(sandbox: Sandbox, upload: Upload) -> None:
    sandbox.inject(PUT_BLOB, status=503, times=99)
    with pytest.raises(CloudUploadError):
        upload.go()
    assert (upload.puts(), upload.items()) == (4, 0)


def test_a_persistently_cut_connection_is_not_an_encord_exception(sandbox: Sandbox, upload: Upload) -> None:
    """A caller that catches only EncordException will crash."""
    sandbox.inject(PUT_BLOB, status="reset", times=99)
    with pytest.raises(ConnectionCut):
        upload.go()
    assert (upload.puts(), upload.items()) == (4, 0)


def test_a_refused_signed_url_is_not_retried(sandbox: Sandbox, upload: Upload) -> None:
    sandbox.inject(PUT_BLOB, status=403)
    with pytest.raises(CloudUploadError):
        upload.go()
    assert (upload.puts(), upload.items()) == (1, 0)
