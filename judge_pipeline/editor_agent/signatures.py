"""Encord's signature: HMAC-SHA256 over the time and the body's bytes, in hex, in two headers. Pure.

`X-Encord-Signature` is HMAC(secret, timestamp + "." + body), `X-Encord-Timestamp` the whole seconds since 1970 at which
it was made. Encord gives each endpoint a secret of its own.
"""

import hashlib
import hmac
from collections.abc import Sequence

SIGNATURE_HEADER = "x-encord-signature"
TIMESTAMP_HEADER = "x-encord-timestamp"

TOLERANCE_SECONDS = 300
"""How far a signature's time may be from now: Encord's own tolerance. An older call may be somebody's copy."""

MAX_TIMESTAMP_DIGITS = 12
"""Of a timestamp: seconds until the year 33658."""


def is_genuine(body: bytes, *, signature: str, timestamp: str, secrets: Sequence[str], now: float) -> bool:
    """Whether the body carries a signature that only Encord could have made; no secret makes none genuine."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_DIGITS):
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    found = signature.encode("utf-8", "surrogatepass")
    is_match = False
    for secret in secrets:
        is_match |= hmac.compare_digest(_signature(body, timestamp=timestamp, secret=secret).encode(), found)
    return is_match


def _signature(body: bytes, *, timestamp: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
