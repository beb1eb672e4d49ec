"""The check of an endpoint before a run spends anything."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from judge_pipeline.models.errors import AuthenticationFailed, EndpointUnreachable, ModelNotFound
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, failure
from judge_pipeline_tests.servers import UNREACHABLE_URL

Check = Callable[..., None]


def test_a_served_model_passes_without_a_question(check: Check, stub: StubServer) -> None:
    check()
    assert [request.path for request in stub.requests] == ["/v1/models"]


@pytest.mark.parametrize("listed", ["stub:latest", "models/stub"])
def test_a_model_is_recognised_by_its_names_on_servers(check: Check, stub: StubServer, listed: str) -> None:
    stub.models = StubReply({"data": [{"id": listed}]})
    check()


def test_a_model_that_is_not_served_is_reported_with_those_that_are(check: Check, stub: StubServer) -> None:
    stub.models = StubReply({"data": [{"id": f"other-{n:02}"} for n in range(30)]})
    with pytest.raises(
        ModelNotFound, match=r"LLM1 .*model stub\) .* it serves other-00, .*other-09, …. Set LLM1__MODEL"
    ):
        check()


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_a_list_passes(check: Check, stub: StubServer, status: int) -> None:
    stub.models = failure(status)
    check()


@pytest.mark.parametrize("body", [{"data": []}, {"data": None}, [], {"models": [1]}, "<html>"])
def test_a_list_in_another_form_passes(check: Check, stub: StubServer, body: object) -> None:
    stub.models = StubReply(body)
    check()


@pytest.mark.parametrize(
    ("key", "says"), [("wrong", "is not accepted"), ("", "is not set, but the server requires one")]
)
def test_a_rejected_key_is_reported_with_its_setting(check: Check, stub: StubServer, key: str, says: str) -> None:
    stub.models = failure(401)
    with pytest.raises(AuthenticationFailed, match=f"{says}.*check LLM1__API_KEY"):
        check(api_key=SecretStr(key))


def test_an_address_where_nothing_listens_is_unreachable(check: Check) -> None:
    with pytest.raises(EndpointUnreachable, match=rf"{UNREACHABLE_URL}/v1.* cannot be reached.*LLM1__BASE_URL"):
        check(base_url=f"{UNREACHABLE_URL}/v1")


def test_a_server_that_is_still_starting_is_reported_with_its_status(check: Check, stub: StubServer) -> None:
    stub.models = failure(503, "Loading model")
    with pytest.raises(EndpointUnreachable, match="answers HTTP 503: Loading model"):
        check()
