"""The errors of many servers: each ends as what it is, whatever its status, its code and its words."""

import pytest

from judge_pipeline.models.errors import ModelError
from judge_pipeline_tests.models.conftest import PLAIN, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.provider_errors import (
    AGAIN,
    BLIND_MODELS,
    FILTERS,
    MISSING_MODELS,
    OTHERS,
    PASSING,
    SCHEMA_REFUSALS,
    SYSTEM_REFUSALS,
    Case,
)
from judge_pipeline_tests.models.stub_server import StubReply, StubRequest, StubServer, completion

ADVICE = {
    "Filtered": "look at the image",
    "ModelSeesNoImages": "takes no images",
    "ModelNotFound": "LLM1__MODEL",
    "AuthenticationFailed": "LLM1__API_KEY",
    "QuotaExhausted": "add credit",
    "EndpointUnreachable": "LLM1__BASE_URL",
    "BadRequest": "LLM1__",
}


def reply(case: Case) -> StubReply:
    return StubReply(case.body, status=case.status)


@pytest.mark.parametrize("case", [*FILTERS, *BLIND_MODELS, *MISSING_MODELS, *OTHERS], ids=str)
def test_a_lasting_error_is_named_at_once(ask: Ask, stub: StubServer, case: Case) -> None:
    assert isinstance(case.outcome, type)
    stub.replies.append(reply(case))
    with pytest.raises(ModelError) as raised:
        ask(PLAIN)
    assert type(raised.value) is case.outcome, str(raised.value)
    assert ADVICE[case.outcome.__name__] in str(raised.value)
    assert len(stub.bodies) == 1


@pytest.mark.parametrize("case", [*FILTERS, *BLIND_MODELS, *MISSING_MODELS], ids=str)
def test_the_judge_ends_in_the_same_way(ask: Ask, stub: StubServer, case: Case) -> None:
    """No simpler format is tried for a reason that is not the format."""
    stub.replies.append(reply(case))
    with pytest.raises(ModelError) as raised:
        ask(WITH_SCHEMA)
    assert (type(raised.value), len(stub.bodies)) == (case.outcome, 1)


@pytest.mark.parametrize("case", PASSING, ids=str)
def test_a_passing_error_is_asked_again(ask: Ask, stub: StubServer, case: Case) -> None:
    stub.replies.append(reply(case))
    assert case.outcome == AGAIN
    assert [answer.text for answer in ask(PLAIN)] == ["A cat."]
    assert len(stub.bodies) == 2


@pytest.mark.parametrize("case", SCHEMA_REFUSALS, ids=str)
def test_a_schema_that_is_refused_in_any_words_is_not_sent_again(ask: Ask, stub: StubServer, case: Case) -> None:
    def rule(request: StubRequest) -> StubReply | None:
        sent = (request.body.get("response_format") or {}).get("type")
        return reply(case) if sent == "json_schema" else completion('{"x": "a cat"}')

    stub.rule = rule
    assert [answer.text for answer in ask(WITH_SCHEMA, WITH_SCHEMA)] == ['{"x": "a cat"}'] * 2
    formats = [(body.get("response_format") or {}).get("type") for body in stub.bodies]
    assert formats[-2:] == ["json_object"] * 2, "learned for the endpoint"
    assert formats[:-2] in (["json_schema"], ["json_schema"] * 2)


@pytest.mark.parametrize("case", SYSTEM_REFUSALS, ids=str)
def test_a_refused_system_message_goes_in_front_of_the_users(ask: Ask, stub: StubServer, case: Case) -> None:
    stub.rule = lambda request: reply(case) if request.body["messages"][0]["role"] == "system" else None
    ask(PLAIN, PLAIN)
    assert [[message["role"] for message in body["messages"]] for body in stub.bodies] == [
        ["system", "user"],
        ["user"],
        ["user"],
    ]
    for body in stub.bodies[1:]:
        picture, text = body["messages"][0]["content"]
        assert picture["type"] == "image_url"
        assert text == {"type": "text", "text": f"{PLAIN.system}\n\n{PLAIN.text}"}


def test_the_servers_words_are_quoted(ask: Ask, stub: StubServer) -> None:
    for case in OTHERS[:2]:
        stub.replies.append(reply(case))
        with pytest.raises(ModelError) as raised:
            ask(PLAIN)
        assert case.body["error"]["message"].rstrip(".") in str(raised.value)
