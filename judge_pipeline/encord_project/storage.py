"""HTTP to signed URLs, repeated by `retries.call_storage`; error messages never contain the URL."""

import threading
from http import HTTPStatus

import requests

from judge_pipeline.encord_project.errors import RowRefused, StorageBusy

_of_this_thread = threading.local()


def storage_session() -> requests.Session:
    """This thread's open connections; signed URLs carry all credentials, so `.netrc` is ignored."""
    if not hasattr(_of_this_thread, "session"):
        _of_this_thread.session = requests.Session()
        _of_this_thread.session.auth = _as_signed
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
