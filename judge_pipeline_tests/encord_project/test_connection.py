"""Creating a client, and the SDK's exceptions translated into ours."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encord import exceptions
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.encord_project.connection import DOMAIN, Connection, translated_errors
from judge_pipeline.encord_project.errors import (
    AccessDenied,
    EncordError,
    EncordRefused,
    EncordUnavailable,
    EncordUnreachable,
)
from judge_pipeline_tests.servers import UNREACHABLE_URL, openssh_text

HERE = UNREACHABLE_URL


def test_the_key_is_not_in_any_repr() -> None:
    connection = Connection(DOMAIN, openssh_text(Ed25519PrivateKey.generate()))
    secret = connection.ssh_private_key.splitlines()[2]
    assert secret not in f"{connection!r} {connection} {[connection]}"


@pytest.mark.parametrize("key", ["", "ssh-ed25519 AAAAC3Nza me@here", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_an_invalid_private_key_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(EncordRefused, match="ssh-keygen -t ed25519") as raised:
        Connection(DOMAIN, key).client()
    assert not key or key not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("domain", "app"),
    [
        ("https://api.encord.com", "https://app.encord.com"),
        ("https://api.us.encord.com", "https://app.us.encord.com"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("https://api.example.com", "https://api.example.com"),
    ],
)
def test_the_app_url_follows_the_api_domain(domain: str, app: str) -> None:
    assert Connection(domain, "").app_url == app


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (exceptions.AuthenticationError("no such key"), EncordRefused),
        (exceptions.AuthorisationError("not yours"), AccessDenied),
        (requests.exceptions.ConnectionError("refused"), EncordUnreachable),
        (requests.exceptions.ReadTimeout("too slow"), EncordUnreachable),
        (exceptions.RequestException("no JSON"), EncordUnreachable),
        (exceptions.UnknownException("500"), EncordUnavailable),
        (exceptions.GenericServerError("500"), EncordUnavailable),
        (exceptions.ResourceNotFoundError("gone"), EncordError),
        (exceptions.InvalidArgumentsError("bad"), EncordError),
        (exceptions.RateLimitExceededError(retry_after=7), EncordUnavailable),
    ],
    ids=lambda each: each.__class__.__name__ if isinstance(each, Exception) else "",
)
def test_every_translated_exception_names_the_action(theirs: Exception, ours: type[EncordError]) -> None:
    with pytest.raises(EncordError) as raised, translated_errors("linking captions", domain=HERE):
        raise theirs
    assert type(raised.value) is ours
    assert "linking captions" in str(raised.value)
    assert HERE in str(raised.value)


class Clock(BaseHTTPRequestHandler):
    """A server with a wrong clock."""

    minutes_off = 0

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("Date", format_datetime(datetime.now(UTC) + timedelta(minutes=self.minutes_off), usegmt=True))
        self.end_headers()


@pytest.mark.parametrize(
    ("minutes_off", "remark"),
    [(-12, "clock is 12 min ahead of Encord's, set it first"), (7, "clock is 7 min behind Encord's"), (0, None)],
)
def test_a_rejected_key_comes_with_a_remark_about_a_wrong_clock(minutes_off: int, remark: str | None) -> None:
    handler = type("ClockOff", (Clock,), {"minutes_off": minutes_off})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.handle_request).start()
        domain = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(EncordRefused) as raised, translated_errors("opening", domain=domain):
            raise exceptions.AuthenticationError("no")
    assert ("clock" in str(raised.value)) == (remark is not None)
    assert remark is None or remark in str(raised.value)


def test_a_rate_limit_keeps_its_retry_after() -> None:
    with pytest.raises(EncordUnavailable) as raised, translated_errors("tagging", domain=HERE):
        raise exceptions.RateLimitExceededError(retry_after=7)
    assert raised.value.retry_after_seconds == 7


@given(st.text("abcdefXYZ0189%-_=&.", min_size=1))
def test_the_query_of_a_signed_url_is_never_quoted(query: str) -> None:
    error = exceptions.EncordException(f"could not read https://storage.example.com/a/b.png?{query}SIGNED today")
    with pytest.raises(EncordError) as raised, translated_errors("reading", domain=HERE):
        raise error
    assert "SIGNED" not in str(raised.value)
    assert "https://storage.example.com/a/b.png?… today" in str(raised.value)


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), translated_errors("counting", domain=HERE):
        _ = 1 / 0
