"""The check of an endpoint before a run spends anything."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from judge_pipeline.models.errors import AuthenticationFailed, EndpointUnreachable, ModelNotFound
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, failure
from judge_pipeline_tests.servers import UNREACHABLE_URL

Check = Callable[..., str]


def test_a_served_model_passes_without_a_question(check: Check, stub: StubServer) -> None:
    assert check() == ""
    assert [request.path for request in stub.requests] == ["/v1/models"]


@pytest.mark.parametrize("listed", ["stub:latest", "models/stub", "*", "stu*"])
def test_a_model_is_recognised_by_its_names_on_servers(check: Check, stub: StubServer, listed: str) -> None:
    stub.models = StubReply({"data": [{"id": listed}]})
    assert check() == ""


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", ""])
def test_a_list_is_read_under_any_content_type(check: Check, stub: StubServer, content_type: str) -> None:
    stub.models = StubReply({"data": [{"id": "stub"}]}, headers={"content-type": content_type})
    assert check() == ""


def test_a_model_that_is_not_listed_is_tried_with_a_warning(check: Check, stub: StubServer) -> None:
    """Routing suffixes and lists that are not complete: only a question shows whether the name works."""
    stub.models = StubReply({"data": [{"id": f"other-{n:02}"} for n in range(30)]})
    remark = check(model="stub:nitro")
    assert "model stub:nitro) does not list this model; it lists other-00, " in remark
    assert "other-09, …. It is tried all the same; if it does not exist, set LLM1__MODEL" in remark


def test_the_agents_model_must_be_listed(check: Check, stub: StubServer) -> None:
    stub.models = StubReply({"data": [{"id": f"other-{n:02}"} for n in range(30)]})
    with pytest.raises(
        ModelNotFound, match=r"LLM1 .*model stub\) .* it serves other-00, .*other-09, …. Set LLM1__MODEL"
    ):
        check(must_be_listed=True)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_a_list_is_not_checked(check: Check, stub: StubServer, status: int) -> None:
    stub.models = failure(status)
    assert f"no list of models (HTTP {status}), so neither the address nor the model is checked" in check()


@pytest.mark.parametrize(
    "body", [{"data": []}, {"data": None}, [], {"models": [1]}, "<html>", None, {"error": "listing is not supported"}]
)
def test_a_list_in_another_form_leaves_the_model_unchecked(check: Check, stub: StubServer, body: object) -> None:
    stub.models = StubReply(body)
    assert "checked; the first question will show" in check()


@pytest.mark.parametrize(
    "body",
    [
        {"error": "Unexpected endpoint or method. (GET /models)"},
        {"error": {"message": "Invalid URL (GET /models)", "type": "invalid_request_error"}},
        {"detail": "Not Found"},
        {"message": "no Route matched with those values"},
        {"object": "error", "message": "Not Found", "code": 404},
        {"success": False, "errors": [{"code": 7000, "message": "No route for that URI"}]},
    ],
)
def test_an_error_with_http_200_is_no_list(check: Check, stub: StubServer, body: object) -> None:
    """LM Studio's answer to an address without /v1."""
    stub.models = StubReply(body)
    with pytest.raises(EndpointUnreachable, match=r"nothing serves chat completions .* check LLM1__BASE_URL"):
        check()


def test_a_key_that_may_not_list_models_may_still_ask(check: Check, stub: StubServer) -> None:
    stub.models = failure(403, "You have insufficient permissions for this operation. Missing scopes: api.model.read.")
    assert "HTTP 403" in check()


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
