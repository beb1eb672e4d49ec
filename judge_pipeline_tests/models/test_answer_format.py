"""The answer format: set by hand it is kept; `auto` steps down, and errors that may pass are given a second chance."""

from collections.abc import Callable

import pytest

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest
from judge_pipeline_tests.models.conftest import WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubRequest, StubServer, completion, failure

MISFIT = failure(400, "Failed to generate JSON. See 'failed_generation'", code="json_validate_failed")


def formats(stub: StubServer) -> list[str | None]:
    return [(body.get("response_format") or {}).get("type") for body in stub.bodies]


@pytest.mark.parametrize(
    ("chosen", "sent"), [("json_schema", "json_schema"), ("json_object", "json_object"), ("text", None)]
)
def test_a_format_set_by_hand_is_sent(ask: Ask, stub: StubServer, chosen: str, sent: str | None) -> None:
    ask(WITH_SCHEMA, answer_format=chosen)
    assert formats(stub) == [sent]


def test_a_format_set_by_hand_is_not_stepped_down_from(ask: Ask, stub: StubServer) -> None:
    stub.rule = lambda request: failure(400, "response_format is not supported")
    with pytest.raises(BadRequest, match=r"set LLM1__ANSWER_FORMAT to a simpler format, or to auto"):
        ask(WITH_SCHEMA, answer_format="json_object")
    assert formats(stub) == ["json_object"]


def test_the_format_is_not_part_of_a_fingerprint(endpoint: Callable[..., Endpoint]) -> None:
    """Changing it pays for nothing again; the images' transport does, because the model sees another file."""
    assert endpoint(answer_format="text").answer_parameters == endpoint().answer_parameters == {"temperature": None}
    assert endpoint(images="url").answer_parameters != endpoint().answer_parameters


def test_json_that_the_server_rejected_once_is_asked_again_in_the_same_format(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([MISFIT, completion('{"x": "a cat"}')])
    assert ask(WITH_SCHEMA)[0].text == '{"x": "a cat"}'
    assert formats(stub) == ["json_schema"] * 2


def test_json_that_the_server_always_rejects_is_asked_for_in_words(ask: Ask, stub: StubServer) -> None:
    def rule(request: StubRequest) -> object:
        return MISFIT if "response_format" in request.body else completion('{"x": "a cat"}')

    stub.rule = rule  # type: ignore[assignment]
    assert ask(WITH_SCHEMA)[0].text == '{"x": "a cat"}'
    assert formats(stub) == ["json_schema", "json_schema", "json_object", "json_object", None]


def test_a_500_that_passes_does_not_change_the_format(ask: Ask, stub: StubServer) -> None:
    stub.replies.extend([failure(500, ""), completion('{"x": "1"}')])
    ask(WITH_SCHEMA, WITH_SCHEMA)
    assert formats(stub) == ["json_schema"] * 3
    stub.replies.extend([failure(500, "CUDA out of memory")] * 3)
    ask(WITH_SCHEMA)
    assert set(formats(stub)) == {"json_schema"}


def test_a_request_refused_in_every_format_fails_with_the_servers_words(ask: Ask, stub: StubServer) -> None:
    stub.rule = lambda request: failure(400, "the moon is in the wrong phase")
    with pytest.raises(BadRequest, match="the moon is in the wrong phase"):
        ask(WITH_SCHEMA)
    assert formats(stub) == ["json_schema", "json_object", None]
