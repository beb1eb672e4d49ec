"""Every route of the server, with requests generated from its OpenAPI description."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from encord.configs import SshConfig
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, HookContext
from schemathesis.schemas import BaseSchema

from judge_pipeline.local.encord import create_app
from judge_pipeline_tests.local.encord.fuzz.known import Known
from judge_pipeline_tests.local.encord.fuzz.sampling import some
from judge_pipeline_tests.seed_project import SeedProject

REQUESTS_A_ROUTE = 4
NOT_BUILT = "is not part of this local Encord"


def description() -> dict[str, Any]:
    """The server's OpenAPI description."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Path(folder))
        app.state.local_encord.close()
        return app.openapi()


DESCRIPTION = description()
ROUTES = sorted(
    (method.upper(), path)
    for path, operations in DESCRIPTION["paths"].items()
    for method in operations
    if not path.startswith("/public")
)
"""Protocol v1 has its own test, because all its queries share one route."""


class Signed(requests.auth.AuthBase):
    """Signs a prepared request like the SDK."""

    def __init__(self, signing: SshConfig) -> None:
        self._signing = signing

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return self._signing.define_headers_v2(request)


@pytest.fixture(scope="module")
def described(fuzzed: SeedProject, known: Known) -> BaseSchema:
    """The description as a source of requests, many of them with existing ids."""
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.config.update(base_url=fuzzed.server.url)

    @schema.hook
    def flatmap_path_parameters(_: HookContext, parameters: Any) -> st.SearchStrategy[Any]:
        return st.just(parameters) | known.filled_in("", parameters)

    @schema.hook
    def flatmap_body(_: HookContext, body: Any) -> st.SearchStrategy[Any]:
        return st.just(body) | known.filled_in("", body)

    return schema


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_no_request_breaks_the_server(
    fuzzed: SeedProject, described: BaseSchema, signing: SshConfig, method: str, path: str
) -> None:
    operation = described[path][method]
    auth = Signed(signing)

    @some(REQUESTS_A_ROUTE)
    @given(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def check(case: Case[Any]) -> None:
        response = case.call(auth=auth, timeout=10)
        if path == "/_local/faults":
            fuzzed.server.control("DELETE", "faults")
        assert response.status_code < 500 or (response.status_code == 501 and NOT_BUILT in response.text), response.text

    check()


@some(25)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path=st.lists(
        st.sampled_from(["storage", "projects", "labels", "..", "%2e%2e", "%00", "é", " ", "a;b", "?x"]), max_size=5
    ),
)
def test_an_unknown_path_is_refused(fuzzed: SeedProject, signing: SshConfig, method: str, path: list[str]) -> None:
    response = requests.request(
        method, f"{fuzzed.server.url}/v2/public/{'/'.join(path)}", auth=Signed(signing), timeout=10
    )
    assert response.status_code < 500 or (response.status_code == 501 and NOT_BUILT in response.text), response.text
