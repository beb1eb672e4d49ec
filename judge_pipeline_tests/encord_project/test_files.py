"""Bytes behind signed URLs: complete and not too many, or an error that does not quote the URL."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from judge_pipeline.encord_project.errors import RowRefused, StorageBusy
from judge_pipeline.encord_project.files import MAX_BYTES, download
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline_tests.servers import UNREACHABLE_URL, serve

SIGNED = "?signature=canary"
LOCAL = StorageAddresses("127.0.0.1")


class Storage:
    """Responds with a status and `size` bytes, cut off after `cut_after`; responds normally after `times` requests."""

    def __init__(
        self,
        *,
        status: int = 200,
        size: int = 10,
        cut_after: int | None = None,
        times: int = 99,
        drip_seconds: float | None = None,
        drip_bytes: int = 1 << 16,
    ) -> None:
        self._status = status
        self._times = times
        self._size = size
        self._cut_after = cut_after
        self._drip_seconds = drip_seconds
        self._drip_bytes = drip_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self._times -= 1
        if self._times < 0:
            self._status, self._cut_after = 200, None
        headers = [(b"content-length", str(self._size).encode()), (b"location", b"http://127.0.0.1/")]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        while self._drip_seconds is not None:
            await send({"type": "http.response.body", "body": b"x" * self._drip_bytes, "more_body": True})
            await asyncio.sleep(self._drip_seconds)
        part = self._size if self._cut_after is None else self._cut_after
        await send({"type": "http.response.body", "body": b"x" * part, "more_body": self._cut_after is not None})
        if self._cut_after is not None:
            raise ConnectionAbortedError


@contextmanager
def stored(**how: Any) -> Iterator[str]:
    with serve(Storage(**how)) as url:
        yield f"{url}/file.png{SIGNED}"


def test_a_file_is_read_whole() -> None:
    with stored(size=100_000) as url:
        assert download(url, addresses=LOCAL, title="file.png") == b"x" * 100_000


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"status": 403}, "its storage returned 403"),
        ({"status": 404}, "its storage returned 404"),
        ({"status": 302}, "its storage returned 302"),
        ({"size": MAX_BYTES + 1}, "larger than 50 MB"),
    ],
)
def test_an_unreadable_file_is_refused_by_name_without_its_url(how: dict[str, Any], reason: str) -> None:
    with stored(**how) as url, pytest.raises(RowRefused, match=reason) as raised:
        download(url, addresses=LOCAL, title="file.png")
    assert "'file.png'" in str(raised.value)
    assert "canary" not in f"{raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize("how", [{"status": 503}, {"status": 429}, {"size": 1000, "cut_after": 100}])
def test_a_busy_storage_is_retried(how: dict[str, Any]) -> None:
    with stored(**how, times=1) as url:
        assert set(download(url, addresses=LOCAL, title="file.png")) == {ord("x")}


@pytest.mark.parametrize(("drip_bytes", "drip_seconds"), [(1, 0.02), (1 << 16, 0.3)])
def test_a_file_that_downloads_too_slowly_is_given_up(drip_bytes: int, drip_seconds: float) -> None:
    """Whether each chunk arrives in time and the whole file never does, or a chunk is late, as any is on a busy machine."""
    with (
        stored(size=MAX_BYTES, drip_seconds=drip_seconds, drip_bytes=drip_bytes) as url,
        pytest.raises(StorageBusy, match=r"within 0\.1 s"),
    ):
        download(url, addresses=LOCAL, title="file.png", seconds=0.1)


def test_an_unreachable_storage_is_reported_by_the_kind_of_failure() -> None:
    with pytest.raises(StorageBusy, match="ConnectionError"):
        download(f"{UNREACHABLE_URL}/file.png{SIGNED}", addresses=LOCAL, title="file.png")
