"""HTTP connections with limits: how large a head may be, how long a request may take to arrive, and its response to be read.

uvicorn's h11 protocol has the first, given `--h11-max-incomplete-event-size`, and no time limits before the first response.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_HEAD_BYTES = 16_384
"""Request line and headers; a browser sends about 1 kB."""

REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(H11Protocol):
    """One connection; `is_waiting` for its caller, since `waiting_since`."""

    request_seconds = 15.0
    """From the connection or the last response to a request's last byte: uvicorn's 5 s of keep-alive, and 10 for the request."""

    answer_seconds = 180.0
    """From there until the caller has read the response: what Encord allows its own calls."""

    linger_seconds = 5.0
    """How long a caller may go on sending after an early response, or leave the rest of a response unread."""

    _timer: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting_since = self.loop.time()

    @property
    def is_waiting(self) -> bool:
        """Whether no complete request is being answered."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the time of the first request."""
        super().connection_made(transport)
        self._await_request(self.request_seconds)

    def data_received(self, data: bytes) -> None:
        """Reads in parts: h11 parses whatever has arrived before it looks at the size."""
        was_waiting = self.is_waiting
        for start in range(0, len(data), MAX_HEAD_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + MAX_HEAD_BYTES])
        if was_waiting and not self.is_waiting:
            self._limit(self.answer_seconds)

    def on_response_complete(self) -> None:
        """Starts the time of the next request, which may have arrived already."""
        self._await_request(self.linger_seconds if self.cycle.more_body else self.request_seconds)
        super().on_response_complete()
        if not self.is_waiting:
            self._limit(self.answer_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends all times."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def abort(self) -> None:
        """Closes the connection at once."""
        self.connections.discard(self)
        self.transport.abort()

    def _await_request(self, seconds: float) -> None:
        self.waiting_since = self.loop.time()
        self._limit(seconds)

    def _limit(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        if self.transport.is_closing():
            self.abort()
            return
        has_begun = self.conn.trailing_data[0]
        if has_begun and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(REQUEST_TIMEOUT)
        self.transport.close()
        self._limit(self.linger_seconds)
