"""Who may call the agent: Encord by its signature, the editor's pages by a secret path; others learn nothing."""

import gzip
import json
import socket
import time
from urllib.parse import urlsplit

import pytest
import requests
from pydantic import SecretStr

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.local.encord.webhooks.calls import signed_headers
from judge_pipeline_tests.editor_agent.harness import Agent, Harness
from judge_pipeline_tests.editor_agent.test_signatures import SECRET
from judge_pipeline_tests.models.stub_server import failure

EDITOR = "https://app.encord.com"
KEY = "a-path-key-that-is-hard-to-guess-0123"


def policy(harness: Harness, **differing: object) -> AccessPolicy:
    given: dict[str, object] = {
        "origins": (EDITOR, "https://app.us.encord.com"),
        "projects": {harness.seed.project_hash},
        "path_key": SecretStr(KEY),
        "secrets": (SecretStr(SECRET),),
    }
    return AccessPolicy(**{**given, **differing})  # type: ignore[arg-type]


def payload(harness: Harness) -> bytes:
    call = {"projectHash": harness.seed.project_hash, "dataHash": harness.data_hash("red.png"), "frame": 0}
    return json.dumps(call).encode()


def signature(body: bytes, secret: str = SECRET, *, now: float | None = None) -> dict[str, str]:
    headers = signed_headers(body, secret, now=time.time() if now is None else now)
    return {name.replace("-", "_"): text for name, text in headers.items() if name.startswith("X-Encord")}


def test_with_a_path_key_only_editor_pages_and_signed_requests_are_accepted(harness: Harness) -> None:
    body = payload(harness)
    with harness.agent(policy(harness)) as agent:
        inside = f"{KEY}/"
        assert agent.post(body, route=inside, Origin=EDITOR).status_code == 200
        assert agent.post(body, route=inside, **signature(body)).status_code == 200
        refused = {
            "no origin": agent.post(body, route=inside),
            "another site": agent.post(body, route=inside, Origin="https://app.encord.com.evil.example"),
            "no TLS": agent.post(body, route=inside, Origin="http://app.encord.com"),
            "this machine": agent.post(body, route=inside, Origin="http://localhost:3000"),
            "sandboxed": agent.post(body, route=inside, Origin="null"),
        }
        assert {why: answer.status_code for why, answer in refused.items()} == dict.fromkeys(refused, 403)
        outside = [agent.post(body, route=route, Origin=EDITOR) for route in ("", "rejudge", f"{KEY}x/", KEY[:-1])]
        assert {answer.status_code for answer in outside} == {404}
        assert {answer.text for answer in outside} == {'{"message":"Nothing here."}'}
    assert len(harness.models.bodies) == 1, "the second call was part of the first one's double click"


def test_a_wrong_signature_is_always_refused(harness: Harness) -> None:
    body = payload(harness)
    with harness.agent(policy(harness)) as agent:
        wrong = (signature(body, "another"), signature(body + b" "), signature(body, now=1_700_000_000))
        for headers in (*wrong, {"X_Encord_Signature": ""}):
            assert agent.post(body, route=f"{KEY}/", Origin=EDITOR, **headers).status_code == 401
    with harness.agent(policy(harness, secrets=())) as agent:
        assert agent.post(body, route=f"{KEY}/", Origin=EDITOR, **signature(body)).status_code == 401
    assert harness.models.bodies == []


def test_a_replayed_signed_call_is_refused(harness: Harness) -> None:
    body = payload(harness)
    signed, later = signature(body), signature(body, now=time.time() + 1)
    with harness.agent(policy(harness, path_key=None, requires_signature=True)) as agent:
        assert [agent.post(body, **each).status_code for each in (signed, signed, later, signed)] == [
            200,
            401,
            200,
            401,
        ]
        assert agent.post(body, **signed).json()["message"] == "This signed request has been received before."


def test_a_signed_call_that_failed_for_now_may_be_sent_again(harness: Harness) -> None:
    """Encord repeats it, with the signature that it has."""
    body = payload(harness)
    signed = signature(body)
    with harness.agent(policy(harness, path_key=None, requires_signature=True), clicks_per_minute=1) as agent:
        harness.models.replies.append(failure(401, "rotated"))
        assert agent.post(body, **signed).status_code == 503
        assert agent.post(body, **signed).status_code == 429, "the limit of clicks"
        assert agent.post(body, **signed).status_code == 429


def test_when_signatures_are_required_unsigned_requests_are_refused(harness: Harness) -> None:
    body = payload(harness)
    with harness.agent(policy(harness, path_key=None, requires_signature=True)) as agent:
        assert agent.post(body, Origin=EDITOR).status_code == 401
        assert agent.post(body, **signature(body)).status_code == 200


def test_a_project_that_is_not_on_the_list_is_refused(harness: Harness) -> None:
    other = json.dumps(
        {"projectHash": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "dataHash": harness.data_hash("red.png")}
    )
    with harness.agent(policy(harness)) as agent:
        for route in ("", "rejudge"):
            answer = agent.post(other.encode(), route=f"{KEY}/{route}", Origin=EDITOR)
            assert answer.status_code == 403
            assert answer.json()["message"].startswith("This agent does not work on this project")


def test_an_unprotected_agent_serves_this_machine_only(harness: Harness, agent: Agent) -> None:
    body = payload(harness)
    assert agent.post(body, Origin="http://127.0.0.1:34567").status_code == 200
    refused = [
        agent.post(body, Host="agent.example.com"),
        agent.post(body, Host="[::1"),
        agent.post(body, X_Forwarded_For="203.0.113.7"),
        agent.post(body, Forwarded="for=203.0.113.7"),
        agent.post(body, Origin="https://evil.example"),
        agent.post(body, Origin=EDITOR),
        agent.post(body, Origin="http://["),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)


def test_a_foreign_page_cannot_submit_a_form(harness: Harness, agent: Agent) -> None:
    """The content types that a browser sends without a preflight: those of forms, and plain text."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        answer = agent.post(payload(harness), Content_Type=kind)
        assert answer.status_code == 415
        assert answer.json()["message"] == f"The body must be application/json, and its Content-Type is {kind!r}."
    answer = agent.post(gzip.compress(payload(harness)), Content_Encoding="gzip")
    assert (answer.status_code, "'gzip'" in answer.json()["message"]) == (415, True)


def test_too_many_or_too_long_headers_are_refused(harness: Harness, agent: Agent) -> None:
    many, long = {f"X_{number}": "x" for number in range(120)}, {"X_Long": "x" * 16_000, "X_Longer": "x" * 400}
    for headers in (many, long):
        answer = agent.post(payload(harness), **headers)
        assert answer.status_code == 431
        assert answer.json()["message"] == "The request has more than 100 headers or 16384 bytes of them."


def test_a_large_body_is_refused_with_or_without_a_content_length(agent: Agent) -> None:
    assert agent.post(b"[" * 20_000).status_code == 413
    chunks = (b" " * 1_000 for _ in range(1_000))
    sent = requests.post(agent.url, data=chunks, headers={"Content-Type": "application/json"}, timeout=30)
    assert sent.status_code == 413


def test_a_caller_that_hangs_up_does_no_harm(harness: Harness, agent: Agent) -> None:
    address = urlsplit(agent.url)
    for beginning in (b"POST / HTTP/1.1\r\nHost: localhost\r\n", b"GET", b"\x16\x03\x01"):
        with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
            connection.sendall(beginning)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
        connection.sendall(head)
    assert agent.click(harness.data_hash("red.png")).status_code == 200


@pytest.mark.parametrize("header", ["X_Encord_Editor_Agent", "X_Encord_Agent"])
def test_encords_test_button_has_no_effect(harness: Harness, header: str) -> None:
    nothing = b'{"projectHash": "00000000-0000-0000-0000-000000000000", "dataHash": "aaaa", "frame": 0}'
    with harness.agent(policy(harness)) as agent:
        answer = agent.post(nothing, route=f"{KEY}/", Origin=EDITOR, **{header: "test"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == EDITOR
        assert agent.post(nothing, route=f"{KEY}/", **{header: "test"}).status_code == 403
    assert harness.models.bodies == []


def test_the_api_pages_are_for_this_machine_only(harness: Harness, agent: Agent) -> None:
    assert requests.get(f"{agent.url}/docs", timeout=10).status_code == 200
    with harness.agent(policy(harness)) as protected:
        for path in ("docs", "openapi.json", f"{KEY}/docs", f"{KEY}/openapi.json", f"{KEY}/redoc"):
            assert requests.get(f"{protected.url}/{path}", timeout=10).status_code == 404


def test_a_health_check_needs_no_key(harness: Harness) -> None:
    with harness.agent(policy(harness)) as agent:
        assert requests.get(f"{agent.url}/health", timeout=10).json() == {"status": "ok"}
