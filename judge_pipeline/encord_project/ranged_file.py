"""The file behind a signed URL as a seekable file, of which only what is read is transferred."""

import re
import time
from io import SEEK_CUR, SEEK_END, SEEK_SET
from urllib.parse import urlsplit

import requests

from judge_pipeline.encord_project.errors import AddressRefused, RowRefused, StorageBusy
from judge_pipeline.encord_project.files import MAX_BYTES, SILENCE_SECONDS
from judge_pipeline.encord_project.retries import call_storage
from judge_pipeline.encord_project.storage import body_of, check_storage, checked_session
from judge_pipeline.encord_project.storage_addresses import StorageAddresses

FIRST_BLOCK = 1 << 18
LARGEST_BLOCK = 1 << 22
"""Bytes of a request after a seek, and of those that follow it at most: each is twice as large as the one before."""

BLOCKS = 4
"""Kept in memory: the header, the index, and what is read now; 16 MB at most."""

CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
RANGE_NOT_SATISFIABLE = 416


class RangedFile:
    """Reads by HTTP range requests, at most `max_bytes` within `seconds` of its creation; for one thread.

    A storage that ignores ranges sends the whole file, which is read if it is small enough to be kept.
    """

    def __init__(self, url: str, *, addresses: StorageAddresses, title: str, seconds: float, max_bytes: int) -> None:
        self._url = url
        self._addresses = addresses
        self._title = title
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._max_bytes = max_bytes
        self._position = 0
        self._size: int | None = None
        self._version: str | None = None
        self._blocks: dict[int, bytes] = {}
        self.bytes_received = 0
        self.requests = 0

    @property
    def identity(self) -> tuple[str, int | None, str | None]:
        """Where the file is, without the signature, its size and its version: the same as long as it is not replaced."""
        if self._size is None:
            self._block_at(0)
        return urlsplit(self._url).path, self._size, self._version

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes from here on; fewer only where a block or the file ends.

        Raises:
            RowRefused: the storage refuses, the file has changed, or a limit is reached; the message never contains the URL.
            AddressRefused: it is not at one of the `addresses`.
            StorageBusy: four attempts got no usable response.
        """
        if size == 0 or (self._size is not None and self._position >= self._size):
            return b""
        start, block = self._block_at(self._position)
        offset = self._position - start
        data = block[offset:] if size < 0 else block[offset : offset + size]
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Moves; nothing is transferred before the next read, except for the file's size."""
        if whence == SEEK_END and self._size is None:
            self._block_at(0)
        base = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: self._size or 0}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Where the next read starts."""
        return self._position

    def _block_at(self, position: int) -> tuple[int, bytes]:
        size = FIRST_BLOCK
        for start, block in self._blocks.items():
            if start <= position < start + len(block):
                self._blocks[start] = self._blocks.pop(start)
                return start, block
            if position == start + len(block):
                size = min(2 * len(block), LARGEST_BLOCK)
        self._check_limits(size)
        start, block = call_storage(lambda: self._fetch(position, size))
        self._blocks[start] = block
        while len(self._blocks) > BLOCKS:
            del self._blocks[next(iter(self._blocks))]
        return start, block

    def _check_limits(self, size: int) -> None:
        if time.monotonic() > self._deadline:
            raise RowRefused(f"{self._title!r} could not be read within {self._seconds:g} s")
        if self.bytes_received + size > self._max_bytes:
            raise RowRefused(
                f"more than {self._max_bytes // 1_000_000} MB of {self._title!r} would have to be read to find this frame"
            )

    def _fetch(self, position: int, size: int) -> tuple[int, bytes]:
        problem = f"the file of {self._title!r} cannot be read"
        headers = {"Range": f"bytes={position}-{position + size - 1}", "Accept-Encoding": "identity"}
        left = max(0.1, self._deadline - time.monotonic())
        try:
            with checked_session(self._addresses).get(
                self._url, headers=headers, timeout=min(SILENCE_SECONDS, left), stream=True, allow_redirects=False
            ) as response:
                self.requests += 1
                if response.status_code == RANGE_NOT_SATISFIABLE and position == 0:
                    self._size = 0
                    return 0, b""
                check_storage(response, problem)
                start, expected = self._placed(response, position)
                data = bytearray()
                for chunk in body_of(response):
                    data += chunk
                    self.bytes_received += len(chunk)
                    if time.monotonic() > self._deadline:
                        raise RowRefused(f"{self._title!r} could not be read within {self._seconds:g} s")
                    if len(data) > MAX_BYTES:
                        raise RowRefused(f"{problem} in parts: its storage does not support range requests")
        except AddressRefused as error:
            raise AddressRefused(f"{problem}: {error}") from None
        except requests.exceptions.RequestException as error:
            raise StorageBusy(f"{problem}: {type(error).__name__}") from None
        if expected is not None and len(data) != expected:
            raise StorageBusy(f"{problem}: its storage sent {len(data)} of {expected} bytes")
        if self._size is None:
            self._size = len(data)
        return start, bytes(data)

    def _placed(self, response: requests.Response, position: int) -> tuple[int, int | None]:
        """Where the response's bytes belong, and how many there are if it says so; checks that the file is the same as before."""
        size, start, expected = None, 0, None
        if response.status_code == requests.codes.partial_content:
            found = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != position:
                raise StorageBusy(f"the file of {self._title!r} cannot be read: its storage sent another part")
            start, expected, size = position, int(found[2]) - position + 1, int(found[3])
        version = response.headers.get("ETag")
        if self._size is not None and (size not in {None, self._size} or version != self._version):
            raise RowRefused(f"the file of {self._title!r} was replaced while it was read; try again")
        self._size, self._version = size, version
        return start, expected
