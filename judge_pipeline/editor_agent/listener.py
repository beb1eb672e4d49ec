"""uvicorn with a bound on connections, counted from `accept` on: a new caller takes the place of the one that has waited longest.

A connection in a TLS handshake counts too, which uvicorn's `limit_concurrency` does not see. The process always keeps descriptors
for its own work: calls to Encord and the model, and the store.
"""

import asyncio
import errno
import resource
import socket
from contextlib import suppress
from functools import partial

import uvicorn

from judge_pipeline.editor_agent.connections import BoundedProtocol
from judge_pipeline.editor_agent.refusals import Refusals

MAX_CONNECTIONS = 512
"""Several times the labellers who click during one description; each takes up to 50 kB."""

HANDSHAKE_SECONDS = 10.0
PAUSE_SECONDS = 0.1
"""Before accepting again when there is no descriptor left, and none to take back."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def connection_limit() -> int:
    """Half of the descriptors that this process may open, at most `MAX_CONNECTIONS`."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if descriptors == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, descriptors // 2)


class BoundedServer(uvicorn.Server):
    """Serves on the sockets that it is given; the configuration's protocol is not used."""

    def __init__(
        self, config: uvicorn.Config, *, max_connections: int, protocol: type[BoundedProtocol] = BoundedProtocol
    ) -> None:
        super().__init__(config)
        self._protocol_class = protocol
        self._max_connections = max_connections
        self._accepting: list[asyncio.Task[None]] = []
        self._opening: dict[BoundedProtocol, asyncio.Task[object]] = {}
        self._refusals = Refusals("closed %d connections for new ones or for lack of room, the last with %d: %s")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the application, then accepts connections."""
        await super().startup(sockets=[])
        self._accepting = [asyncio.create_task(self._accept(each)) for each in sockets or ()]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accepts no more, and lets calls in progress finish."""
        for task in (*self._accepting, *self._opening.values()):
            task.cancel()
        await super().shutdown(sockets)

    async def _accept(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:
                has_room = error.errno in EXHAUSTED and self._make_room()
                await asyncio.sleep(0 if has_room else PAUSE_SECONDS)
                continue
            if len(self._connections) >= self._max_connections and not self._make_room():
                self._refuse(connection)
            else:
                self._open(connection)
            await asyncio.sleep(0)  # an accept that need not wait would let nothing else run

    @property
    def _connections(self) -> set[BoundedProtocol]:
        made = {each for each in self.server_state.connections if isinstance(each, BoundedProtocol)}
        return made | self._opening.keys()

    def _open(self, connection: socket.socket) -> None:
        loop, tls = asyncio.get_running_loop(), self.config.ssl
        protocol = self._protocol_class(self.config, self.server_state, self.lifespan.state, loop)
        self._opening[protocol] = task = asyncio.create_task(
            loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=tls, ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None
            )
        )
        task.add_done_callback(partial(self._opened, protocol))

    def _opened(self, protocol: BoundedProtocol, task: "asyncio.Task[object]") -> None:
        self._opening.pop(protocol, None)
        if not task.cancelled():
            task.exception()  # without a handshake the connection is closed, and there is no one to tell

    def _make_room(self) -> bool:
        """Closes the connection that has waited longest for its caller, if any does."""
        waiting = (each for each in self._connections if each.is_waiting)
        oldest = min(waiting, key=lambda each: each.waiting_since, default=None)
        if oldest is None:
            return False
        opening = self._opening.pop(oldest, None)
        if oldest.transport is not None:
            oldest.abort()
        elif opening is not None:
            opening.cancel()
        self._refusals.count(408, "its request had not arrived")
        return True

    def _refuse(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.setblocking(False)
            if self.config.ssl is None:
                connection.send(BUSY)
                connection.recv(1 << 16)  # a close with unread data would take the answer back
        self._refusals.count(503, "all connections are being answered")
