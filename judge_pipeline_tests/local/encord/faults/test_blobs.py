"""Failures of the bytes' own way: signed URLs are put to outside of Encord's API, and fail in their own words."""

from uuid import uuid4

import pytest
from encord.exceptions import CloudUploadError
from encord.http.utils import CloudUploadSettings
from requests.exceptions import ConnectionError as ConnectionCut

from judge_pipeline_tests.local.encord.faults.desk import Desk

PUT_BLOB = "PUT storage-blobs/{object_key:path}"
IMPATIENT_UPLOAD = CloudUploadSettings(max_retries=3, backoff_factor=0.01)


@pytest.fixture
def upload(desk: Desk) -> "Upload":
    return Upload(desk)


class Upload:
    """One text on its way into an empty folder."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._folder = desk.new_folder()

    def go(self) -> None:
        path = self._desk.files / f"{uuid4()}.txt"
        path.write_text("a caption")
        self._folder.upload_text(path, cloud_upload_settings=IMPATIENT_UPLOAD)

    def puts(self) -> int:
        """How often the bytes arrived."""
        stats = self._desk.seed.server.control("GET", "stats").json()
        return int(stats["blobs"])

    def items(self) -> int:
        return len(list(self._folder.list_items()))


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": "reset"}, {"status": 500, "when": "after"}], ids=str)
def test_bytes_are_sent_again_after_a_failure(desk: Desk, upload: Upload, fault: dict[str, object]) -> None:
    desk.order(PUT_BLOB, **fault)
    upload.go()
    assert (upload.puts(), upload.items()) == (2, 1)


def test_bytes_that_never_arrive_make_no_item(desk: Desk, upload: Upload) -> None:
    desk.order(PUT_BLOB, status=503, times=99)
    with pytest.raises(CloudUploadError):
        upload.go()
    assert (upload.puts(), upload.items()) == (4, 0)


def test_a_connection_that_stays_cut_is_not_in_encords_words(desk: Desk, upload: Upload) -> None:
    """So a caller that catches EncordException alone dies of it."""
    desk.order(PUT_BLOB, status="reset", times=99)
    with pytest.raises(ConnectionCut):
        upload.go()
    assert (upload.puts(), upload.items()) == (4, 0)


def test_a_refused_signed_url_is_not_tried_again(desk: Desk, upload: Upload) -> None:
    desk.order(PUT_BLOB, status=403)
    with pytest.raises(CloudUploadError):
        upload.go()
    assert (upload.puts(), upload.items()) == (1, 0)
