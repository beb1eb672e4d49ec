"""Servers have many names for the end of an answer; only an ordinary stop makes it an answer."""

# ruff: noqa: E501  tables of texts

import json
from pathlib import Path

import pytest

from judge_pipeline.models.errors import CutOff, Filtered, Refused, Unanswered
from judge_pipeline.models.finish_reason import Finish, finish_of
from judge_pipeline_tests.models.conftest import PLAIN, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, completion

CASE = Path(__file__).parent / "cases" / "cut-off-by-another-name.json"

NAMES = {
    Finish.ORDINARY: "stop STOP end_turn eos eos_token eosFound stop_sequence stopStringFound COMPLETE FinishReason.STOP FINISH_REASON_STOP normal null",
    Finish.TOO_LONG: "length max_tokens MAX_TOKENS FinishReason.MAX_TOKENS token_limit maxPredictedTokensReached max_output_tokens",
    Finish.CUT_OFF: "abort error model_length unknown tool_calls OTHER network_error cancelled timeout contextLengthReached repetition "
    "insufficient_system_resource model_context_window_exceeded not_finished FINISH_REASON_UNSPECIFIED pause_turn something_new",
    Finish.FILTERED: "content_filter content_filtered ContentFilter SAFETY RECITATION PROHIBITED_CONTENT BLOCKLIST SPII IMAGE_SAFETY sensitive "
    "guardrail_intervened ERROR_TOXIC FinishReason.SAFETY",
    Finish.DECLINED: "refusal",
}


@pytest.mark.parametrize(
    ("finish", "name"), [(finish, name) for finish, names in NAMES.items() for name in names.split()]
)
def test_a_name_has_its_meaning(finish: Finish, name: str) -> None:
    assert finish_of(name) is finish


def test_no_name_is_an_ordinary_end() -> None:
    assert finish_of("") is Finish.ORDINARY


@pytest.mark.parametrize("sent", [None, "", "STOP"])
def test_an_answer_of_a_server_that_names_no_end_is_an_answer(ask: Ask, stub: StubServer, sent: str | None) -> None:
    reply = completion()
    reply.body["choices"][0]["finish_reason"] = sent
    stub.replies.append(reply)
    assert ask()[0].text == "A cat."
    assert len(stub.bodies) == 1
    del reply.body["choices"][0]["finish_reason"]
    stub.replies.append(reply)
    assert ask()[0].text == "A cat."


def test_an_aborted_answer_is_asked_for_once_more_and_never_taken(ask: Ask, stub: StubServer) -> None:
    case = json.loads(CASE.read_text(encoding="utf-8"))
    stub.replies.append(StubReply(case["body"], status=case["status"]))
    assert ask()[0].text == "A cat."
    assert [body["max_tokens"] for body in stub.bodies] == [50, 50], "more tokens would not help"
    stub.replies.extend([StubReply(case["body"])] * 2)
    with pytest.raises(CutOff, match=r"did not finish its answer, twice \(finish_reason 'abort'\)"):
        ask()


@pytest.mark.parametrize(
    ("name", "error", "calls"),
    [("max_tokens", CutOff, 2), ("something_new", CutOff, 2), ("SAFETY", Filtered, 1), ("refusal", Refused, 1)],
)
@pytest.mark.parametrize("question", [PLAIN, WITH_SCHEMA], ids=["caption", "judge"])
def test_every_other_end_is_an_end_of_its_own_kind(
    ask: Ask, stub: StubServer, name: str, error: type[Unanswered], calls: int, question: object
) -> None:
    stub.rule = lambda _request: completion('{"x": "A cat on"}', finish_reason=name)
    with pytest.raises(Unanswered) as raised:
        ask(question)
    assert type(raised.value) is error
    assert len(stub.bodies) == calls


def test_a_limit_by_another_name_doubles_the_tokens(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion("A cat on", finish_reason="MAX_TOKENS"))
    assert ask()[0].text == "A cat."
    assert [body["max_tokens"] for body in stub.bodies] == [50, 100]


def test_an_end_that_is_not_a_text_is_not_taken_for_none(ask: Ask, stub: StubServer) -> None:
    reply = completion()
    reply.body["choices"][0]["finish_reason"] = {"type": "blocked"}
    stub.replies.extend([reply] * 2)
    with pytest.raises(Unanswered):
        ask()


def test_the_text_parts_of_a_list_are_the_answer_without_their_thinking(ask: Ask, stub: StubServer) -> None:
    case = json.loads(CASE.with_name("content-as-a-list-of-parts.json").read_text(encoding="utf-8"))
    stub.replies.append(StubReply(case["body"], status=case["status"]))
    assert ask()[0].text == "A cat on a mat."
    case["body"]["choices"][0]["message"]["content"][1]["text"] = '{"x": "1"}'
    stub.replies.append(StubReply(case["body"], status=case["status"]))
    assert ask(WITH_SCHEMA)[0].text == '{"x": "1"}'
    assert len(stub.bodies) == 2
