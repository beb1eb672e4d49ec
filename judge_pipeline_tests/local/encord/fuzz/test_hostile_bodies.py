"""Bodies that no generator produces: invalid JSON that Python accepts, and values that cannot be serialised again."""

import base64
import json

import pytest
import requests
from encord.configs import SshConfig

from judge_pipeline_tests.local.encord.fuzz.known import Known
from judge_pipeline_tests.local.encord.fuzz.test_queries import send
from judge_pipeline_tests.seed_project import SeedProject

HOSTILE = {
    "lone surrogate": '"\\ud800"',
    "lone surrogate as a key": '{"\\udc00": 1}',
    "not a number": "NaN",
    "infinite": "-Infinity",
    "deep": "[" * 100_000,
    "cut off": '{"a": ',
    "not UTF-8": b'"\xff"'.decode("latin-1"),
}
hostile = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())


def refused(seed: SeedProject, signing: SshConfig, method: str, path: str, body: str) -> None:
    """Check that the request is refused, and that the next one succeeds."""
    request = requests.Request(
        method, seed.server.url + path, data=body.encode("latin-1"), headers={"Content-Type": "application/json"}
    ).prepare()
    answer = requests.Session().send(signing.define_headers_v2(request), timeout=10)
    assert answer.status_code in {400, 422}, answer.text
    assert "message" in answer.json() or "detail" in answer.json()
    assert seed.server.control("GET", "health").ok


@hostile
def test_values_that_cannot_be_stored_are_refused(
    fuzzed: SeedProject, known: Known, signing: SshConfig, value: str
) -> None:
    folder, item = known.ids["folder"][0], known.ids["item"][0]
    refused(fuzzed, signing, "PATCH", f"/v2/public/storage/folders/{folder}", f'{{"clientMetadata": {{"a": {value}}}}}')
    refused(fuzzed, signing, "PATCH", f"/v2/public/storage/folders/{folder}/items/{item}", f'{{"name": {value}}}')
    refused(fuzzed, signing, "POST", "/v2/public/ontologies", f'{{"title": "a", "editor": {{"a": {value}}}}}')


@hostile
def test_values_that_cannot_be_stored_are_refused_by_the_servers_own_routes(
    fuzzed: SeedProject, signing: SshConfig, value: str
) -> None:
    refused(fuzzed, signing, "POST", "/_local/ontologies", f'{{"title": "a", "structure": {{"a": {value}}}}}')
    refused(fuzzed, signing, "PUT", f"/_local/projects/{fuzzed.project_hash}/editor-layout", f'{{"name": {value}}}')


@hostile
def test_a_query_that_is_not_strict_json_is_refused(fuzzed: SeedProject, signing: SshConfig, value: str) -> None:
    body = f'{{"query_type": "labelrow", "query_method": "POST", "values": {{"payload": {value}}}}}'
    headers = signing.define_headers(fuzzed.project_hash, "project", body)
    answer = requests.post(f"{fuzzed.server.url}/public", data=body.encode("latin-1"), headers=headers, timeout=10)
    assert answer.json()["response"] == ["INVALID_ARGUMENTS_ERROR"]


@pytest.mark.parametrize("key", [[None, None], [{}, 1], [2**70, 1], ["a"], "a", {"a": 1}], ids=str)
def test_a_made_up_cursor_is_refused(fuzzed: SeedProject, known: Known, signing: SshConfig, key: object) -> None:
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    stage, folder = known.ids["stage"][0], known.ids["folder"][0]
    for listing in (
        f"projects/{fuzzed.project_hash}/workflow/stages/{stage}/tasks",
        f"storage/folders/{folder}/items",
        "storage/folders",
    ):
        refused(fuzzed, signing, "GET", f"/v2/public/{listing}?pageToken={token}", "")


@pytest.mark.parametrize(
    "structure",
    [
        {"classifications": [1]},
        {"classifications": [{"featureNodeHash": "a"}]},
        {"classifications": [{"featureNodeHash": "a", "attributes": [{"name": "a", "options": [{}]}]}]},
    ],
    ids=str,
)
def test_an_ontology_that_cannot_be_read_is_not_stored(
    fuzzed: SeedProject, signing: SshConfig, structure: dict[str, object]
) -> None:
    refused(fuzzed, signing, "POST", "/_local/ontologies", json.dumps({"title": "a", "structure": structure}))
    path = f"/v2/public/ontologies/{fuzzed.ontology_hash}"
    refused(fuzzed, signing, "PUT", path, json.dumps({"title": "a", "editor": structure}))


def test_nothing_hostile_was_stored(fuzzed: SeedProject, signing: SshConfig) -> None:
    assert send(fuzzed, signing, "dataset", {"query_type": "dataset", "query_method": "GET"}).json()["status"] == 200
    assert fuzzed.project().title == "LLM as a judge"
    assert [classification.title for classification in fuzzed.project().ontology_structure.classifications]
