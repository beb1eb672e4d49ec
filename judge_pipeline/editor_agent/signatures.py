"""Encord's signature: hex HMAC-SHA256 over the timestamp and the body, in two headers. Pure.

`X-Encord-Signature` is HMAC(secret, timestamp + "." + body); `X-Encord-Timestamp` is in whole seconds since 1970. Each
endpoint has its own secret.
"""

import hashlib
import hmac
from collections.abc import Sequence

SIGNATURE_HEADER = "x-encord-signature"
TIMESTAMP_HEADER = "x-encord-timestamp"

TOLERANCE_SECONDS = 300
"""How far a timestamp may be from now: Encord's own tolerance. An older request may be a replay."""

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


def _signature(body: bytes, *, timestamp: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
