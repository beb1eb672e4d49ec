"""Every query of protocol v1: valid, wrong in one place, and entirely wrong."""

import json
from typing import Any

import pytest
import requests
from encord.configs import SshConfig
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.encord.v1.queries import QUERIES
from judge_pipeline_tests.local.encord.fuzz.known import Known
from judge_pipeline_tests.local.encord.fuzz.queries import ANYTHING, answerable, fuzzed_query
from judge_pipeline_tests.local.encord.fuzz.sampling import some
from judge_pipeline_tests.seed_project import SeedProject

A_FEW = some(15)


def send(seed: SeedProject, signing: SshConfig, scope: str, query: Any) -> requests.Response:
    """Send a query, signed like the SDK."""
    data = json.dumps(query)
    resource = {"project": seed.project_hash, "dataset": seed.dataset_hash}.get(scope, "")
    headers = signing.define_headers(resource, scope if resource else "", data)
    url = f"{seed.server.url}/public" + ("/user" if scope == "user" else "")
    return requests.post(url, data=data.encode(), headers=headers, timeout=10)


def check(response: requests.Response) -> None:
    """Check for an envelope with HTTP 200, or a 501 that names the query."""
    envelope = response.json()
    assert {"status", "response", "payload"} == envelope.keys()
    if response.status_code == 501:
        assert "is not part of this local Encord" in envelope["payload"]
    else:
        assert response.status_code == 200
        assert envelope["status"] in {200, 400, 401, 403, 404, 409}


def test_every_query_has_an_example(known: Known) -> None:
    assert answerable(known).keys() == QUERIES.keys()


@pytest.mark.parametrize(("scope", "method", "query_type"), sorted(QUERIES))
def test_no_query_breaks_the_server(
    fuzzed: SeedProject, known: Known, signing: SshConfig, scope: str, method: str, query_type: str
) -> None:
    @A_FEW
    @given(fuzzed_query(known, scope, method, query_type))
    def ask(query: dict[str, Any]) -> None:
        check(send(fuzzed, signing, scope, query))

    ask()


@A_FEW
@given(scope=st.sampled_from(["project", "dataset", "user"]), query=ANYTHING)
def test_nonsense_does_not_break_the_server(fuzzed: SeedProject, signing: SshConfig, scope: str, query: Any) -> None:
    check(send(fuzzed, signing, scope, query))


@A_FEW
@given(
    scope=st.sampled_from(["project", "dataset", "user"]),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]),
    query_type=st.sampled_from(["labelingalgorithm", "reencodevideotask", "labellogs", "nothing"]),
)
def test_an_unsupported_query_is_named(
    fuzzed: SeedProject, signing: SshConfig, scope: str, method: str, query_type: str
) -> None:
    response = send(fuzzed, signing, scope, {"query_type": query_type, "query_method": method})
    assert response.status_code == 501
    assert f"v1 {method} {query_type}" in response.json()["payload"]
