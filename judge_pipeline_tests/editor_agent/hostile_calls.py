"""An agent in a process of its own with few descriptors, what hostile callers send it, and good calls during that."""

import json
import resource
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast

import requests
from pydantic import SecretStr

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.agent import EditorAgent
from judge_pipeline.editor_agent.describer import Describer
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.server import Certificate, serve
from judge_pipeline.local.encord.webhooks.calls import signed_headers
from judge_pipeline.local.pair.sockets import bind
from judge_pipeline_tests.forked import Forked

KEY = "k" * 32
SECRET = "whsec-0123456789"
POLICY = AccessPolicy(origins=(), projects=("p",), path_key=SecretStr(KEY), secrets=(SecretStr(SECRET),))
HALF_A_HEAD = f"POST /{KEY}/ HTTP/1.1\r\nHost: agent\r\nX-Half: ".encode()
HALF_A_BODY = (
    f"POST /{KEY}/task-ready HTTP/1.1\r\nHost: agent\r\nContent-Type: application/json\r\n"
    "X-Encord-Signature: 0\r\nContent-Length: 9\r\n\r\n{"
).encode()

_numbers = count()


def serve_agent(address_file: Path, descriptors: int, certificate: Certificate | None = None) -> None:
    """Serves an agent that describes nothing; its limit of descriptors is what `ulimit -n` sets."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    @asynccontextmanager
    async def opened() -> AsyncIterator[EditorAgent]:
        clicks = ClickRateLimit(per_minute=1, clock=time.monotonic)
        yield EditorAgent(cast("Describer", None), POLICY, clicks, pipeline=None)

    bound = bind(0)

    def ready() -> None:
        address_file.write_text(str(bound.getsockname()[1]))

    serve(opened, POLICY, on=bound, certificate=certificate, ready=ready)


@dataclass(frozen=True)
class HostedAgent:
    """The agent's process."""

    pid: int
    port: int
    certificate: Path | None = None

    def memory_mb(self, name: str = "VmHWM") -> float:
        """Its memory; by default the largest that it has had."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))

    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def good_call(self, timeout: float = 5.0) -> int | None:
        """A notification that Encord has signed, on a connection of its own: the status, None without a response in time."""
        body = json.dumps({"event_type": f"other_{next(_numbers)}", "version": 1}).encode()
        headers = signed_headers(body, SECRET, now=time.time())
        url = f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}/{KEY}/task-ready"
        trusted = str(self.certificate) if self.certificate else None
        try:
            return requests.post(url, data=body, headers=headers, timeout=timeout, verify=trusted).status_code
        except requests.exceptions.RequestException:
            return None

    def flood(self, megabytes: int) -> float:
        """Sends header lines on one connection until it is closed; returns the megabytes sent."""
        lines = b"X-Flood: 0123456789abcdef\r\n" * 2400
        sent = 0
        with self.connect() as connection, suppress(OSError):
            connection.sendall(f"POST /{KEY}/ HTTP/1.1\r\nHost: agent\r\n".encode())
            while sent < megabytes * 1_000_000:
                connection.sendall(lines)
                sent += len(lines)
        return sent / 1_000_000

    @contextmanager
    def half_sent(self, number: int, begun: bytes = HALF_A_HEAD) -> Iterator[list[socket.socket]]:
        """Holds requests that have only begun."""
        with ExitStack() as stack:
            held = []
            for _ in range(number):
                with suppress(OSError):
                    held.append(stack.enter_context(self.connect()))
                    held[-1].sendall(begun)
            yield held


@contextmanager
def hosted_agent(
    folder: Path, *, descriptors: int = 256, certificate: Certificate | None = None
) -> Iterator[HostedAgent]:
    """An agent with this limit of descriptors."""
    with hosted(serve_agent, folder / "port", descriptors, certificate) as (pid, port):
        yield HostedAgent(pid, port, certificate.chain_file if certificate else None)


@contextmanager
def hosted(server: Callable[..., None], address: Path, *arguments: object) -> Iterator[tuple[int, int]]:
    """A server in a process of its own, which writes its port to a file: the process and the port."""
    process = Forked(server, address, *arguments)
    try:
        while not (address.exists() and address.read_text()):
            if process.poll() is not None:
                raise RuntimeError("the server did not start")
            time.sleep(0.02)
        yield process.pid, int(address.read_text())
    finally:
        process.kill()
        process.wait(10)
