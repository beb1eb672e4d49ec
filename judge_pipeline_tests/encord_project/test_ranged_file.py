"""A file behind a signed URL is read in parts, within limits, and its URL stays secret."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import SEEK_CUR, SEEK_END
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from judge_pipeline.encord_project.errors import AddressRefused, EncordError, RowRefused
from judge_pipeline.encord_project.ranged_file import FIRST_BLOCK, RangedFile
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline_tests.servers import serve

SECRET = "signature=secret-canary"
LOCAL = StorageAddresses("127.0.0.1")
CONTENT = random.Random(7).randbytes(3_000_000)


@dataclass
class Storage:
    """A storage with one file; `answer` may answer a request in its place."""

    path: Path
    url: str = ""
    answer: Callable[[Request], Response | None] = lambda _: None
    ranges: list[str] = field(default_factory=list)

    async def serve(self, request: Request) -> Response:
        self.ranges.append(request.headers.get("range", ""))
        return self.answer(request) or FileResponse(self.path)

    def file(self, *, seconds: float = 30, max_bytes: int = 10**9, addresses: StorageAddresses = LOCAL) -> RangedFile:
        return RangedFile(
            f"{self.url}/video?{SECRET}", addresses=addresses, title="film.mp4", seconds=seconds, max_bytes=max_bytes
        )


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    path = tmp_path / "film.mp4"
    path.write_bytes(CONTENT)
    storage = Storage(path)
    with serve(Starlette(routes=[Route("/video", storage.serve)])) as storage.url:
        yield storage


def test_any_sequence_of_reads_is_that_of_a_local_file(storage: Storage) -> None:
    file, chance = storage.file(), random.Random(3)
    position = 0
    for _ in range(300):
        if chance.random() < 0.3:
            position = chance.randrange(len(CONTENT) + 1000)
            assert file.seek(position) == position
        size = chance.choice((1, 100, 32_768, 400_000))
        data = file.read(size)
        assert data == CONTENT[position : position + len(data)]
        assert data or position >= len(CONTENT)
        position += len(data)
        assert file.tell() == position
    assert file.seek(-10, SEEK_END) == len(CONTENT) - 10
    assert file.seek(3, SEEK_CUR) == len(CONTENT) - 7
    assert file.read() == CONTENT[-7:]
    assert file.read() == b""


def test_only_what_is_read_is_transferred_in_parts_that_grow(storage: Storage) -> None:
    file = storage.file()
    file.seek(1_000_000)
    for _ in range(40):
        file.read(32_768)
    starts = [int(each.removeprefix("bytes=").partition("-")[0]) for each in storage.ranges]
    assert starts == [1_000_000, 1_000_000 + FIRST_BLOCK, 1_000_000 + 3 * FIRST_BLOCK]
    assert file.bytes_received == 7 * FIRST_BLOCK


def test_a_storage_without_ranges_sends_the_whole_file_once(storage: Storage) -> None:
    storage.answer = lambda _: Response(CONTENT)
    file = storage.file()
    file.seek(2_000_000)
    assert file.read(10) == CONTENT[2_000_000:2_000_010]
    file.seek(5)
    assert file.read(10) == CONTENT[5:15]
    assert len(storage.ranges) == 1


def test_an_empty_file_is_empty(storage: Storage) -> None:
    storage.path.write_bytes(b"")
    assert storage.file().read(10) == b""


def test_a_busy_storage_is_asked_again(storage: Storage) -> None:
    storage.answer = lambda _: Response(status_code=503) if len(storage.ranges) == 1 else None
    assert storage.file().read(10) == CONTENT[:10]


def changed(request: Request) -> Response:
    return Response(b"0" * 10, status_code=206, headers={"Content-Range": "bytes 2000000-2000009/5000000"})


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (lambda _: Response(status_code=403), RowRefused, "cannot be read: its storage returned 403"),
        (lambda _: Response(status_code=302, headers={"Location": "http://x"}), RowRefused, "its storage returned 302"),
        (changed, RowRefused, "the file of 'film.mp4' was replaced while it was read; try again"),
        (lambda _: Response(b"0" * 50_000_001), RowRefused, "its storage does not support range requests"),
    ],
)
def test_a_refusal_is_named_without_the_url(
    storage: Storage, answer: Callable[[Request], Response], kind: type[EncordError], message: str
) -> None:
    file = storage.file()
    file.read(10) if answer is changed else None
    storage.answer = answer
    file.seek(2_000_000)
    with pytest.raises(kind, match=message) as caught:
        file.read(10)
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_bytes_and_time_are_limited(storage: Storage) -> None:
    file = storage.file(max_bytes=FIRST_BLOCK)
    file.read(10)
    file.seek(1_000_000)
    with pytest.raises(RowRefused, match=r"more than 0 MB of 'film.mp4' would have to be read to find this frame"):
        file.read(10)
    with pytest.raises(RowRefused, match=r"'film.mp4' could not be read within 0 s"):
        storage.file(seconds=0).read(10)


def test_a_private_address_is_not_read(storage: Storage) -> None:
    file = storage.file(addresses=StorageAddresses("api.encord.com"))
    with pytest.raises(
        AddressRefused, match=r"'film.mp4' cannot be read: its host '127.0.0.1' has the loopback address"
    ):
        file.read(10)
    assert storage.ranges == []


def test_a_file_is_the_same_until_it_is_replaced(storage: Storage) -> None:
    first = storage.file().identity
    assert storage.file().identity == first
    storage.path.write_bytes(CONTENT[::-1])
    assert storage.file().identity != first
    assert "secret" not in repr(first)
