"""HTTP to signed URLs, repeated by `retries.call_storage`; error messages never contain the URL."""

import threading
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests

from judge_pipeline.encord_project.errors import RowRefused, StorageBusy

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
    """This thread's open connections."""
    if not hasattr(_of_this_thread, "session"):
        _of_this_thread.session = _StorageSession()
    session: requests.Session = _of_this_thread.session
    return session


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
