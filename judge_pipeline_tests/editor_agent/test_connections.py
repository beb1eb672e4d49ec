"""Connections are bounded in time and number, with uvicorn's own server too where only its protocol is replaced."""

import asyncio
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from starlette.types import ASGIApp

from judge_pipeline.editor_agent.connections import MAX_HEAD_BYTES, BoundedProtocol
from judge_pipeline.editor_agent.listener import BoundedServer
from judge_pipeline.local.pair.sockets import bind
from judge_pipeline_tests.editor_agent.hostile_calls import hosted

HEAD = b"POST / HTTP/1.1\r\nHost: agent\r\n"
WHOLE = b"GET /%s HTTP/1.1\r\nHost: agent\r\n\r\n"
NEVER = 60.0
waiting = threading.Semaphore(0)
"""Released for each request that waits."""


class Quick(BoundedProtocol):
    """The same in a hurry."""

    request_seconds = 0.3
    answer_seconds = 0.4
    linger_seconds = 0.2


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers at once with the path's number of bytes, without reading the body, unless the path says to wait or to read."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    path = scope["path"].strip("/")
    if path == "wait":
        waiting.release()
        await asyncio.sleep(NEVER)
    if scope["method"] == "POST" and path != "early":
        while (await receive()).get("more_body"):
            pass
    size = int(path) if path.isdigit() else 2
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": b"x" * size})


@dataclass(frozen=True)
class Served:
    """A server and its address."""

    address: tuple[str, int]
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}/"


@contextmanager
def serving(
    app: ASGIApp, *, protocol: type[BoundedProtocol] = BoundedProtocol, max_connections: int | None = 100
) -> Iterator[Served]:
    """An app on the agent's server; on uvicorn's own, without `max_connections`."""
    bound = bind(0)
    config = uvicorn.Config(
        app,
        http=protocol,
        loop="asyncio",
        ws="none",
        log_level="critical",
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    if max_connections is not None:
        server = BoundedServer(config, max_connections=max_connections, protocol=protocol)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield Served(("127.0.0.1", bound.getsockname()[1]), server)
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module", params=[100, None], ids=["our server", "uvicorn's server"])
def quick(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(app, protocol=Quick, max_connections=request.param) as served:
        yield served


def answers(connection: socket.socket) -> bytes:
    """Everything that arrives until the connection is closed."""
    connection.settimeout(5)
    received = bytearray()
    with suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            received += part
    return bytes(received)


def send_for_ever(connection: socket.socket) -> None:
    """Sends parts of a body until the connection is closed."""
    connection.settimeout(5)
    while True:
        connection.sendall(b"x" * 1000)


@pytest.mark.parametrize(
    ("begun", "answer"),
    [
        (HEAD, b"HTTP/1.1 408 Request Timeout"),
        (b"", b""),
        (HEAD + b"Content-Length: 9\r\n\r\n{", b""),
        (WHOLE % b"" + HEAD, b"HTTP/1.1 200 OK"),
    ],
    ids=["head", "nothing", "body", "after a response"],
)
def test_a_request_that_does_not_arrive_is_given_up(quick: Served, begun: bytes, answer: bytes) -> None:
    with socket.create_connection(quick.address) as connection:
        connection.sendall(begun)
        received = answers(connection)
    assert received.startswith(answer)
    assert bool(received) == bool(answer)


def test_bytes_now_and_then_gain_no_time(quick: Served) -> None:
    began = time.monotonic()
    with socket.create_connection(quick.address) as connection:
        connection.sendall(HEAD + b"X-Slow: ")
        connection.settimeout(0.05)
        received = b""
        while not received and time.monotonic() - began < 5:
            with suppress(TimeoutError):
                connection.sendall(b"x")
                received = connection.recv(1000)
    assert received.startswith(b"HTTP/1.1 408 Request Timeout")


def test_a_caller_that_goes_on_sending_after_its_response_is_closed(quick: Served) -> None:
    with socket.create_connection(quick.address) as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nHost: agent\r\nContent-Length: 999999999999\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
        with pytest.raises(ConnectionError):
            send_for_ever(connection)


def test_a_caller_that_reads_no_response_is_closed(quick: Served) -> None:
    with socket.create_connection(quick.address) as connection:
        connection.sendall(WHOLE % b"50000000")
        deadline = time.monotonic() + 5
        while not quick.server.server_state.tasks and time.monotonic() < deadline:
            pass  # until it is being answered
        while quick.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(answers(connection)) < 50_000_000


def test_what_is_answered_for_too_long_is_closed(quick: Served) -> None:
    with socket.create_connection(quick.address) as connection:
        connection.sendall(WHOLE % b"wait")
        assert answers(connection) == b""
        assert waiting.acquire(timeout=5)


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"x" * (3 * MAX_HEAD_BYTES), b"X: y\r\n" * MAX_HEAD_BYTES, b"X: y\r\n" * MAX_HEAD_BYTES + b"\r\n"],
    ids=["one line", "many lines", "complete"],
)
def test_a_head_that_is_too_large_is_refused(quick: Served, head: bytes) -> None:
    with socket.create_connection(quick.address) as connection:
        with suppress(ConnectionError):
            connection.sendall(HEAD + head)
        assert b"200 OK" not in answers(connection)


def test_calls_in_one_connection_and_large_bodies_are_answered(quick: Served) -> None:
    with requests.Session() as session:
        for size in (2, 500_000, 2):
            answer = session.post(quick.url, data=b"x" * size, timeout=5)
            assert (answer.status_code, answer.content) == (200, b"xx")


def test_pipelined_requests_are_all_answered(quick: Served) -> None:
    with socket.create_connection(quick.address) as connection:
        connection.sendall(WHOLE % b"" * 50)
        assert answers(connection).count(b"200 OK") == 50


def test_the_youngest_callers_keep_their_places() -> None:
    with serving(app, max_connections=3) as served:
        held = [socket.create_connection(served.address) for _ in range(6)]
        for connection in held[3:]:
            connection.sendall(WHOLE % b"")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
        for connection in held[:3]:
            connection.settimeout(5)
            with suppress(ConnectionError):
                assert connection.recv(1000) == b""
        for connection in held:
            connection.close()


def test_when_all_are_being_answered_the_next_caller_gets_503() -> None:
    with serving(app, max_connections=2) as served:
        held = [socket.create_connection(served.address) for _ in range(2)]
        for connection in held:
            connection.sendall(WHOLE % b"wait")
            assert waiting.acquire(timeout=5)
        assert requests.get(served.url, timeout=5).status_code == 503
        for connection in held:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            connection.close()
        while requests.get(served.url, timeout=5).status_code != 200:
            pass


def serve_with_few_descriptors(address_file: Path) -> None:
    """A server whose descriptors run out before its bound is reached, as when other work takes them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    bound = bind(0)
    config = uvicorn.Config(app, http="h11", loop="asyncio", lifespan="off", log_level="critical")
    address_file.write_text(str(bound.getsockname()[1]))
    BoundedServer(config, max_connections=10_000).run(sockets=[bound])


def test_without_a_free_descriptor_the_oldest_caller_makes_room(tmp_path: Path) -> None:
    with hosted(serve_with_few_descriptors, tmp_path / "port") as (_, port):
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        for _ in range(3):
            assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
        for connection in held:
            connection.close()
