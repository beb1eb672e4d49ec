"""HTTP to signed URLs, repeated by `retries.call_storage`; error messages never contain the URL."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from judge_pipeline.encord_project.errors import RowRefused, StorageBusy
from judge_pipeline.encord_project.storage_addresses import StorageAddresses

PART_BYTES = 1 << 16

_of_this_thread = threading.local()


class _StorageSession(requests.Session):
    """Reads the environment's proxies and certificates once per host: for each request, it takes a quarter of its processor time.

    Signed URLs carry all credentials, so `.netrc` is ignored.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_signed
        self._environment: dict[Any, Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        host = urlsplit(url)[:2]
        if host not in self._environment:
            self._environment[host] = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return {**self._environment[host], "stream": stream}


def storage_session() -> requests.Session:
    """This thread's open connections for uploads, whose URLs Encord makes for its own storage."""
    return _session(None)


def checked_session(addresses: StorageAddresses) -> requests.Session:
    """This thread's open connections for reading files: any request, redirected ones too, raises AddressRefused elsewhere.

    The address that is checked is the one connected to, so a name that is resolved differently the next time changes nothing. A
    proxy resolves names itself: then only what a name means here is checked.
    """
    return _session(addresses)


def _session(addresses: StorageAddresses | None) -> requests.Session:
    sessions: dict[StorageAddresses | None, requests.Session] = _of_this_thread.__dict__.setdefault("sessions", {})
    if addresses not in sessions:
        sessions[addresses] = session = _StorageSession()
        if addresses is not None:
            for scheme in ("http://", "https://"):
                session.mount(scheme, _CheckedAdapter(addresses))
    return sessions[addresses]


class _CheckedAdapter(HTTPAdapter):
    """Opens connections to the given addresses only."""

    def __init__(self, addresses: StorageAddresses) -> None:
        super().__init__()
        self._addresses = addresses

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if select_proxy(request.url, proxies):
            with suppress(OSError):  # a name that only the proxy knows
                _resolved(urlsplit(request.url).hostname or "", None, self._addresses)
        else:
            kind = _CheckedHTTPSConnection if pool.scheme == "https" else _CheckedHTTPConnection
            pool.ConnectionCls = partial(kind, addresses=self._addresses)
        return pool


class _CheckedHTTPConnection(HTTPConnection):
    """Resolves its host once, and connects to the first of the resolved addresses that is allowed and answers."""

    def __init__(self, *args: Any, addresses: StorageAddresses, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses = addresses

    def connect(self) -> None:
        host = self.host
        try:
            allowed = _resolved(host, self.port, self._addresses)
        except socket.gaierror as error:
            raise NameResolutionError(host, self, error) from None
        failure: Exception | None = None
        for address in allowed:
            self.host = address
            try:
                super().connect()
            except (ConnectTimeoutError, NewConnectionError) as error:
                failure = error
            else:
                return
            finally:
                self.host = host
        raise failure or AssertionError("a resolved host has an address")


class _CheckedHTTPSConnection(_CheckedHTTPConnection, HTTPSConnection):
    """The same with TLS; the certificate must be the host's, not the address's."""

    def connect(self) -> None:
        self.server_hostname = self.host
        super().connect()


def _resolved(host: str, port: int | None, addresses: StorageAddresses) -> list[str]:
    """The allowed addresses of a host.

    Raises:
        AddressRefused: it has no others than refused ones. socket.gaierror: it has none.
    """
    try:
        infos = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(f"{host!r} is not a host name") from None
    found = list(dict.fromkeys(str(info[4][0]) for info in infos))
    refusals = [addresses.refusal(host, address) for address in found]
    allowed = [address for address, refusal in zip(found, refusals, strict=True) if refusal is None]
    if not allowed and refusals[0] is not None:
        raise refusals[0]
    return allowed


def _as_signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def check_storage(response: requests.Response, problem: str) -> None:
    """Raises for an error status or a redirect.

    Raises:
        StorageBusy: a rate limit or a server error. RowRefused: anything else.
    """
    if response.ok and not response.is_redirect:
        return
    is_busy = response.status_code == HTTPStatus.TOO_MANY_REQUESTS or response.status_code >= 500
    raise (StorageBusy if is_busy else RowRefused)(f"{problem}: its storage returned {response.status_code}")


def body_of(response: requests.Response) -> Iterator[bytes]:
    """The body as it arrives: `iter_content` would wait for whole parts, and so for hours for one that comes byte by byte.

    Raises:
        requests.exceptions.ConnectionError: it is incomplete, or nothing arrives within the request's timeout.
    """
    try:
        while data := response.raw.read1(PART_BYTES, decode_content=True):
            yield data
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(type(error).__name__) from None
