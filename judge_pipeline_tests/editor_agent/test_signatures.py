"""Encord's signature, verified by us and by encord-agents: both agree on what is genuine."""

import time

import pytest
from encord_agents.core.webhooks import WebhookVerificationError, verify_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.editor_agent.signatures import MAX_REMEMBERED, TOLERANCE_SECONDS, AcceptedSignatures, is_genuine
from judge_pipeline.local.encord.webhooks.calls import signed_headers

SECRET = "whsec-0123456789"
BODY = b'{"projectHash": "p"}'


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> tuple[str, str]:
    """Signature and timestamp, as Encord creates them."""
    headers = signed_headers(body, secret, now=time.time() if at is None else at)
    return headers["X-Encord-Signature"], headers["X-Encord-Timestamp"]


def theirs(body: bytes, signature: str, timestamp: str, secret: str = SECRET) -> bool:
    try:
        verify_signature(body, signature=signature, timestamp=timestamp, secret=secret)
    except WebhookVerificationError:
        return False
    return True


def ours(body: bytes, signature: str, timestamp: str, *secrets: str) -> bool:
    return is_genuine(body, signature=signature, timestamp=timestamp, secrets=secrets or [SECRET], now=time.time())


@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=200), secret=st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()))
def test_what_encord_signs_is_genuine_to_both(body: bytes, secret: str) -> None:
    signature, timestamp = signed(body, secret=secret)
    assert ours(body, signature, timestamp, secret)
    assert theirs(body, signature, timestamp, secret)


@settings(max_examples=50, deadline=None)
@given(
    body=st.binary(max_size=50),
    signature=st.text(max_size=70) | st.just(signed(BODY)[0]),
    timestamp=st.text(max_size=15) | st.integers(-(10**12), 10**12).map(str),
)
def test_an_unsigned_body_is_genuine_to_neither(body: bytes, signature: str, timestamp: str) -> None:
    assert not ours(body + b".", signature, timestamp)
    assert not (signature and timestamp and theirs(body + b".", signature, timestamp))


@pytest.mark.parametrize(
    ("age_seconds", "is_taken"),
    [(0, True), (TOLERANCE_SECONDS - 10, True), (TOLERANCE_SECONDS + 10, False), (-TOLERANCE_SECONDS - 10, False)],
)
def test_an_old_signature_is_refused(age_seconds: float, is_taken: bool) -> None:
    signature, timestamp = signed(BODY, at=time.time() - age_seconds)
    assert ours(BODY, signature, timestamp) == theirs(BODY, signature, timestamp) == is_taken


def test_the_signature_covers_the_bytes_the_time_and_the_secret() -> None:
    signature, timestamp = signed(BODY)
    assert ours(BODY, signature, timestamp)
    assert not ours(BODY + b" ", signature, timestamp)
    assert not ours(BODY, signature, str(int(timestamp) + 1))
    assert not ours(BODY, signature, timestamp, "another")
    assert not ours(BODY, signature.upper(), timestamp)


def test_each_endpoint_in_encord_has_its_own_secret() -> None:
    signature, timestamp = signed(BODY, secret="second")
    assert ours(BODY, signature, timestamp, "first", "second")
    assert not is_genuine(BODY, signature=signature, timestamp=timestamp, secrets=[], now=time.time())


def test_an_accepted_signature_is_remembered_until_it_is_too_old() -> None:
    accepted = AcceptedSignatures()
    signature, timestamp = signed(BODY, at=1_300)  # the latest time that is accepted at 1,000
    times = (1_000, 1_000, 1_300, 1_600)
    assert [accepted.add(signature, now=now) for now in times] == [True, False, False, False]
    assert not is_genuine(BODY, signature=signature, timestamp=timestamp, secrets=[SECRET], now=1_601)
    assert accepted.add(signature, now=1_601), "forgotten, since it is refused for its age"
    accepted.discard(signature)
    assert accepted.add(signature, now=1_601)


def test_the_memory_of_signatures_is_bounded() -> None:
    accepted = AcceptedSignatures()
    assert all(accepted.add(str(number), now=1_000) for number in range(MAX_REMEMBERED))
    assert accepted.add("one more", now=1_000) is None
    assert accepted.add("0", now=1_000) is False
    assert accepted.add("one more", now=1_601)


def test_a_signature_made_by_openssl_is_genuine() -> None:
    """printf '1700000000.{}' | openssl dgst -sha256 -hmac key."""
    signature = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    assert is_genuine(b"{}", signature=signature, timestamp="1700000000", secrets=["key"], now=1_700_000_100.0)
