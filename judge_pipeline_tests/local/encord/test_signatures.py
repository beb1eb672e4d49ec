"""Only unmodified requests signed by a registered key are handled."""

import json

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from encord import EncordUserClient
from encord.configs import SshConfig
from encord.exceptions import AuthenticationError
from encord.http.v2.request_signer import sign_request

from judge_pipeline.local.encord.errors import NotAuthenticated
from judge_pipeline.local.encord.signatures import signer_v2
from judge_pipeline_tests.servers import LocalEncord

SKEW_SECONDS = 300


def signed(method: str, url: str, key: Ed25519PrivateKey, body: object = None) -> requests.PreparedRequest:
    """A request signed by the SDK's own signer."""
    request = requests.Request(method, url, json=body).prepare()
    return sign_request(request, public_hex(key), key)


def public_hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def key_of(server: LocalEncord) -> Ed25519PrivateKey:
    return SshConfig.from_ssh_private_key(server.private_key_text, domain=server.url).private_key


def send(request: requests.PreparedRequest) -> requests.Response:
    with requests.Session() as session:
        return session.send(request, timeout=10)


def created_of(request: requests.PreparedRequest) -> int:
    return int(request.headers["Signature-Input"].split("created=")[1].split(";")[0])


def signer_of(request: requests.PreparedRequest, *, now: float) -> str:
    return signer_v2(
        {name.lower(): value for name, value in request.headers.items()},
        b"",
        method="GET",
        target=request.path_url,
        now=now,
        clock_skew_seconds=SKEW_SECONDS,
    )


@pytest.mark.parametrize("off_seconds", [-SKEW_SECONDS, 0, SKEW_SECONDS])
def test_a_clock_skew_of_five_minutes_is_allowed(off_seconds: int) -> None:
    key = Ed25519PrivateKey.generate()
    request = signed("GET", "http://127.0.0.1/v2/public/projects?titleLike=%25a%40b%3D", key)
    assert signer_of(request, now=created_of(request) + off_seconds) == public_hex(key)


@pytest.mark.parametrize("off_seconds", [-SKEW_SECONDS - 1, SKEW_SECONDS + 1])
def test_a_larger_clock_skew_is_refused(off_seconds: int) -> None:
    request = signed("GET", "http://127.0.0.1/v2/public/projects", Ed25519PrivateKey.generate())
    with pytest.raises(NotAuthenticated, match="set the clock"):
        signer_of(request, now=created_of(request) + off_seconds)


def test_a_signature_does_not_match_another_target(server: LocalEncord) -> None:
    request = signed("GET", f"{server.url}/v2/public/projects", key_of(server))
    assert send(request).status_code == 200
    request.url = f"{server.url}/v2/public/ontologies"
    assert send(request).status_code == 401


def test_a_signature_does_not_match_another_query(server: LocalEncord) -> None:
    request = signed("GET", f"{server.url}/v2/public/projects?titleEq=a%20b", key_of(server))
    assert send(request).status_code == 200
    request.url = f"{server.url}/v2/public/projects?titleEq=a+b"
    assert send(request).status_code == 401


def test_a_signature_does_not_match_another_body(server: LocalEncord) -> None:
    body = {"title": "a", "createBackingFolder": False}
    request = signed("POST", f"{server.url}/v2/public/datasets", key_of(server), body)
    request.body = str(request.body).replace("a", "b", 1).encode() if isinstance(request.body, str) else b"{}"
    request.headers["Content-Length"] = str(len(request.body))
    refused = send(request)
    assert refused.status_code == 401
    assert "Content-Digest" in refused.json()["message"]


@pytest.mark.parametrize("header", ["Content-Digest", "Signature-Input", "Signature"])
@pytest.mark.parametrize("value", [None, "", "encord-sig=:::", "encord-sig=:AAAA:", "nonsense"])
def test_a_missing_or_mangled_signature_header_is_refused(server: LocalEncord, header: str, value: str | None) -> None:
    request = signed("GET", f"{server.url}/v2/public/projects", key_of(server))
    if value is None:
        del request.headers[header]
    else:
        request.headers[header] = value
    assert send(request).status_code == 401


@pytest.mark.parametrize("authorization", ["", "x", "ab:cd", f"{'0' * 64}:{'0' * 128}", f"{'z' * 64}:{'0' * 128}"])
def test_a_v1_query_without_a_valid_signature_is_refused_inside_the_envelope(
    server: LocalEncord, authorization: str
) -> None:
    body = {"query_type": "project", "query_method": "GET", "values": {"uid": None, "payload": None}}
    answer = requests.post(
        f"{server.url}/public", data=json.dumps(body), headers={"Authorization": authorization}, timeout=10
    )
    assert answer.status_code == 200
    assert answer.json()["status"] == 401
    assert answer.json()["response"] == ["AUTHENTICATION_ERROR"]


def test_an_unregistered_key_is_refused_on_both_protocols(server: LocalEncord) -> None:
    stranger = Ed25519PrivateKey.generate()
    config = SshConfig(stranger, domain=server.url)
    assert send(signed("GET", f"{server.url}/v2/public/projects", stranger)).status_code == 401
    body = json.dumps({"query_type": "project", "query_method": "POST", "values": {"uid": None, "payload": {}}})
    answer = requests.post(
        f"{server.url}/public/user", data=body, headers=config.define_headers(None, None, body), timeout=10
    )
    assert answer.json()["response"] == ["AUTHENTICATION_ERROR"]


def test_a_bearer_token_replaces_the_key_on_both_protocols(server: LocalEncord) -> None:
    token = server.client().get_bearer_token()
    client = EncordUserClient.create_with_bearer_token(token, domain=server.url)
    folder = client.create_storage_folder("by token")
    assert folder.name == "by token"
    assert client.create_project("by token", [])
    assert next(iter(server.client().list_projects())).title == "by token"


def test_an_unknown_bearer_token_is_refused(server: LocalEncord) -> None:
    client = EncordUserClient.create_with_bearer_token("made up", domain=server.url)
    with pytest.raises(AuthenticationError):
        client.create_storage_folder("never")
    with pytest.raises(AuthenticationError):
        client.create_project("never", [])
