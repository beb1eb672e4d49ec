"""Files are read from public addresses, from Encord's own host and from what a setting lists; the rest gets no connection."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.encord_project.errors import AddressRefused
from judge_pipeline.encord_project.files import download
from judge_pipeline.encord_project.storage import checked_session
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline_tests.certificates import loopback_certificate

ENCORD = StorageAddresses("api.encord.com")
SECOND = StorageAddresses("api.encord.com", ("127.0.0.2/32",))
"""With one of this machine's addresses listed."""

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:168.63.129.16", "::127.0.0.1", "64:ff9b::a00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1", "100::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "142.250.74.112",
    "172.32.0.1",
    "192.0.1.1",
    "2001:4860:4860::8888",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[tuple[socket.socket, int]]:
    """A server that never accepts by itself."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as server:
        server.setblocking(False)
        yield server, server.getsockname()[1]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    assert "ENCORD_PRIVATE_STORAGE" in str(ENCORD.refusal("files.example", address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_read(address: str) -> None:
    assert ENCORD.refusal("files.example", address) is None


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_wrapped(inner: ipaddress.IPv4Address) -> None:
    refused = ENCORD.refusal("files.example", str(inner)) is not None
    for wrapped in (
        0xFFFF << 32 | int(inner),
        int(ipaddress.ip_address("64:ff9b::")) | int(inner),
        0x2002 << 112 | int(inner) << 80,
    ):
        found = ENCORD.refusal("files.example", str(ipaddress.IPv6Address(wrapped)))
        assert (found is not None) == refused


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "0", "localhost", "localhost.", "LOCALHOST",
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "user:secret@127.0.0.1",
    ],
)  # fmt: skip
def test_however_this_machine_is_written_it_gets_no_connection(host: str) -> None:
    with listening() as (server, port):
        with pytest.raises(AddressRefused, match=r"'red\.png'.*add the host or its network") as raised:
            download(f"http://{host}:{port}/latest/meta-data?signature=canary", addresses=ENCORD, title="red.png")
        assert not {"canary", "secret", "meta-data"} & set(str(raised.value).replace("/", " ").split())
        with pytest.raises(BlockingIOError):
            server.accept()


@contextmanager
def answering(answer: bytes, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers one request, on the yielded port."""
    with socket.create_server((host, 0)) as server:

        def respond() -> None:
            with suppress(OSError):
                connection = server.accept()[0]
                with tls.wrap_socket(connection, server_side=True) if tls else connection as connected:
                    connected.recv(10_000)
                    connected.sendall(answer)

        thread = Thread(target=respond, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(timeout=5)


@contextmanager
def resolving(monkeypatch: pytest.MonkeyPatch, name: str, *answers: str) -> Iterator[None]:
    """A name server that gives these answers in turn, the last one for ever."""
    resolve, left = socket.getaddrinfo, list(answers)

    def answered(host: str, *args: Any, **kwargs: Any) -> Any:
        if host == name:
            host = left.pop(0) if len(left) > 1 else left[0]
        return resolve(host, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", answered)
        yield


def test_a_redirect_to_this_machine_gets_no_connection() -> None:
    """`download` follows none; a session that does is held to the same addresses."""
    with listening() as (server, port):
        redirect = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
        with answering(redirect.encode(), "127.0.0.2") as storage_port, pytest.raises(AddressRefused):
            checked_session(SECOND).get(f"http://127.0.0.2:{storage_port}/", timeout=5)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the name has an allowed address when it is checked, and another one whenever it is resolved again."""
    with listening() as (server, port), resolving(monkeypatch, "rebinding.example", "127.0.0.2", "127.0.0.1"):
        with pytest.raises(requests.exceptions.ConnectionError):  # nothing listens at 127.0.0.2
            checked_session(SECOND).get(f"http://rebinding.example:{port}/", timeout=5)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_storage_over_tls_needs_a_certificate_for_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chain, key = loopback_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(chain))
    for name in ("storage.example", "other.example"):
        is_right = name == "storage.example"
        with (
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=tls) as port,
            resolving(monkeypatch, name, "127.0.0.1"),
            nullcontext() if is_right else pytest.raises(requests.exceptions.SSLError),
        ):
            answer = checked_session(StorageAddresses("127.0.0.1")).get(f"https://{name}:{port}/", timeout=5)
            assert (is_right, answer.text) == (True, "ok")


def test_a_name_of_this_machine_is_not_fetched_through_a_proxy_either(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (proxy, port):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(AddressRefused):
            download("http://169.254.169.254/latest", addresses=ENCORD, title="red.png")
        with pytest.raises(BlockingIOError):
            proxy.accept()


@pytest.mark.parametrize(
    ("listed", "is_read"),
    [
        ("minio.internal", True), ("MINIO.internal", True), ("*.internal", True), ("10.0.0.0/8", True), ("10.1.2.3", True),
        ("internal", False), ("*.minio.internal", False), ("10.2.0.0/16", False), ("fd00::/8", False),
    ],
)  # fmt: skip
def test_a_listed_host_or_network_is_read_although_it_is_private(listed: str, *, is_read: bool) -> None:
    addresses = Connection(DOMAIN, "", (listed,)).storage_addresses
    assert (addresses.refusal("minio.internal", "10.1.2.3") is None) == is_read
    assert addresses.refusal("other.example", "127.0.0.1") is not None


def test_the_local_encord_and_its_host_are_read() -> None:
    local = Connection("http://127.0.0.1:8000", "").storage_addresses
    assert local.refusal("localhost", "::1") is None
    assert local.refusal("files.example", "169.254.169.254") is not None
    inside = Connection("https://encord.intranet:8443", "").storage_addresses
    assert inside.refusal("encord.intranet", "10.0.0.7") is None
    assert inside.refusal("other.intranet", "10.0.0.7") is not None


def test_what_is_not_a_host_is_an_error_of_the_request() -> None:
    for host in (f"{'x' * 70}.example", "[::1", ""):
        with pytest.raises(requests.exceptions.RequestException):
            checked_session(ENCORD).get(f"http://{host}/", timeout=5)
