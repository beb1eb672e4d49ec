"""Verifies request signatures: Encord's two schemes, both Ed25519 over a SHA-256 digest. Pure."""

import base64
import hashlib
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from judge_pipeline.local.encord.errors import NotAuthenticated

_COVERED = '("@method" "@request-target" "content-digest")'
_PARAMETERS = re.compile(
    rf'{re.escape(_COVERED)};created=(?P<created>\d{{1,12}});keyid="(?P<key>[0-9a-f]{{64}})";alg="ed25519"', re.ASCII
)


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token of `Authorization: Bearer <token>`; None if the request is authorised in another way."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else None


def signer_v1(headers: Mapping[str, str], body: bytes) -> str:
    """The public key (64 hex digits) that signed the body: `Authorization: <key>:<signature>` over SHA-256(body).

    Neither time nor path is signed. Raises NotAuthenticated.
    """
    key, _, signature = headers.get("authorization", "").partition(":")
    try:
        raw_signature = bytes.fromhex(signature)
    except ValueError:
        raise NotAuthenticated("Authorization: expected '<public key hex>:<signature hex>'") from None
    _check(key, raw_signature, hashlib.sha256(body).digest())
    return key


def signer_v2(
    headers: Mapping[str, str], body: bytes, *, method: str, target: str, now: float, clock_skew_seconds: int
) -> str:
    """The public key (64 hex digits) that signed method, target (raw path and query) and body, as in RFC 9421.

    `now` is in seconds since 1970 and may differ from the signature's `created` by up to `clock_skew_seconds`.
    Raises NotAuthenticated.
    """
    digest = headers.get("content-digest", "")
    expected_digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    if digest != expected_digest:
        raise NotAuthenticated(f"Content-Digest: expected {expected_digest} for this body, found {digest or 'nothing'}")
    parameters = headers.get("signature-input", "").removeprefix("encord-sig=")
    found = _PARAMETERS.fullmatch(parameters)
    if found is None:
        raise NotAuthenticated(f"Signature-Input: expected 'encord-sig={_COVERED};created=…;keyid=…;alg=…'")
    off_seconds = now - int(found["created"])
    if abs(off_seconds) > clock_skew_seconds:
        raise NotAuthenticated(
            f"the signature was created {off_seconds:.0f} s away from the server's clock, at most "
            f"{clock_skew_seconds} s are allowed; set the clock"
        )
    wrapped = re.fullmatch(r"encord-sig=:([A-Za-z0-9+/=]+):", headers.get("signature", ""))
    if wrapped is None:
        raise NotAuthenticated("Signature: expected 'encord-sig=:<base64>:'")
    base = "\n".join(
        (
            f'"@method": {method}',
            f'"@request-target": {target}',
            f'"content-digest": {digest}',
            f'"@signature-params": {parameters}',
        )
    )
    try:
        raw_signature = base64.b64decode(wrapped[1], validate=True)
    except ValueError:
        raise NotAuthenticated("Signature: expected base64") from None
    _check(found["key"], raw_signature, base.encode())
    return found["key"]


def _check(key: str, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NotAuthenticated("the signature does not fit the request") from None
