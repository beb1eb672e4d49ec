"""Encord's signature: hex HMAC-SHA256 over the timestamp and the body, in two headers. Pure, apart from `AcceptedSignatures`.

`X-Encord-Signature` is HMAC(secret, timestamp + "." + body); `X-Encord-Timestamp` is in whole seconds since 1970. Each
endpoint has its own secret.
"""

import hashlib
import hmac
from collections.abc import Sequence
from itertools import takewhile

SIGNATURE_HEADER = "x-encord-signature"
TIMESTAMP_HEADER = "x-encord-timestamp"

TOLERANCE_SECONDS = 300
"""How far a timestamp may be from now: Encord's own tolerance. An older request may be a replay."""

MAX_REMEMBERED = 50_000
"""Of accepted signatures, in 10 minutes; they take about 15 MB."""

MAX_TIMESTAMP_DIGITS = 12
"""Enough for seconds until the year 33658."""


def is_genuine(body: bytes, *, signature: str, timestamp: str, secrets: Sequence[str], now: float) -> bool:
    """Whether the signature matches one of the secrets and is recent; never without a secret."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_DIGITS):
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    found = signature.encode("utf-8", "surrogatepass")
    is_match = False
    for secret in secrets:
        is_match |= hmac.compare_digest(_signature(body, timestamp=timestamp, secret=secret).encode(), found)
    return is_match


class AcceptedSignatures:
    """The signatures of calls that were let in, each until it is too old to be genuine: a second call with it is a replay.

    In the memory of one process: another one, or the same after a restart, does not know them.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, signature: str, *, now: float) -> bool | None:
        """Whether a genuine signature is new; None if there are too many to remember another one."""
        for old in list(takewhile(lambda each: self._until[each] < now, self._until)):
            del self._until[old]
        if signature in self._until:
            return False
        if len(self._until) >= MAX_REMEMBERED:
            return None
        self._until[signature] = now + 2 * TOLERANCE_SECONDS  # its timestamp may lie in the future
        return True

    def discard(self, signature: str) -> None:
        """Forgets the signature of a call that had no effect: Encord may send it again."""
        self._until.pop(signature, None)


def _signature(body: bytes, *, timestamp: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
