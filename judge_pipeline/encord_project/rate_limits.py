"""Rate limits waited out request by request: Encord has not carried out what it answers with 429, so it can be sent again.

If only whole calls were repeated, a call of ten requests would start over at each of its rate limits and never finish.
The SDK has no such waiting: its own sleeps as long as Retry-After says. So its sessions are made to wait here, but only in
a block of `rate_limits_awaited`.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from http import HTTPStatus
from itertools import chain, repeat
from typing import Any

SECONDS_PER_REQUEST = 60.0
"""A request that is answered with 429 for longer fails."""

WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Between the attempts of one request, unless Retry-After is longer; the last one repeats."""

_NEVER = threading.Event()


class Patience:
    """How long requests may wait. `is_spent` once one of them has waited in vain, so that its call is not repeated either."""

    def __init__(self, *, seconds_per_call: float, ended: threading.Event) -> None:
        self._deadline = time.monotonic() + seconds_per_call
        self._ended = ended
        self.is_spent = False

    def wait(self, seconds: float, *, waited_seconds: float) -> bool:
        """Waits, unless that takes too long or the run ends meanwhile; returns whether the request may be sent again."""
        too_long = waited_seconds + seconds > SECONDS_PER_REQUEST or time.monotonic() + seconds > self._deadline
        self.is_spent = too_long or self._ended.wait(seconds)
        return not self.is_spent


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def rate_limits_awaited(
    *, seconds_per_call: float = float("inf"), ended: threading.Event = _NEVER
) -> Iterator[Patience]:
    """The requests of this thread in the block wait for up to `SECONDS_PER_REQUEST` each, until `ended` is set.

    `seconds_per_call` limits all of them together. Within another such block nothing changes.
    """
    outer = _patience.get()
    if outer is not None:
        yield outer
        return
    patience = Patience(seconds_per_call=seconds_per_call, ended=ended)
    token = _patience.set(patience)
    try:
        yield patience
    finally:
        _patience.reset(token)


def patience_is_spent() -> bool:
    """Whether a request of this block has waited in vain."""
    patience = _patience.get()
    return patience is not None and patience.is_spent


class _PatientSessions:
    """The SDK's sessions, which send a request again after a rate limit."""

    def __init__(self, create: Callable[..., AbstractContextManager[Any]]) -> None:
        self._create = create

    @contextmanager
    def __call__(self, *args: Any, **options: Any) -> Iterator[Any]:
        with self._create(*args, **options) as session:
            session.send = partial(_send, session.send)
            yield session


def _send(send: Callable[..., Any], request: Any, **options: Any) -> Any:
    waited = 0.0
    waits = chain(WAITS_SECONDS, repeat(WAITS_SECONDS[-1]))
    while True:
        response = send(request, **options)
        patience = _patience.get()
        if response.status_code != HTTPStatus.TOO_MANY_REQUESTS or patience is None:
            return response
        retry_after = response.headers.get("Retry-After", "")
        seconds = max(next(waits), float(retry_after) if retry_after.isdigit() else 0.0)
        if not patience.wait(seconds, waited_seconds=waited):
            return response
        waited += seconds


_lock = threading.Lock()


def make_sessions_patient() -> None:
    """Puts the waiting into the SDK. Where the SDK has other names, calls are repeated as a whole instead."""
    from encord.http import querier
    from encord.http.v2 import api_client

    with _lock:
        for module in (querier, api_client):
            create = getattr(module, "create_new_session", None)
            if create is not None and not isinstance(create, _PatientSessions):
                module.create_new_session = _PatientSessions(create)  # type: ignore[attr-defined]
