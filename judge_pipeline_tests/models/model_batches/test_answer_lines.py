"""A line of a batch's files is read like a live answer; whatever else is in them is no reason to stop."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.choice_probability import Token
from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.exchange import Failure, Outcome, Reply
from judge_pipeline.models.model_batches.answer_lines import LONGEST_LINE_BYTES, lines_of, read_line
from judge_pipeline.models.model_batches.stored_outcome import outcome_from_json, outcome_to_json
from judge_pipeline_tests.models.stub_server import completion

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def lines(data: bytes, cuts: list[int], *, longest: int = LONGEST_LINE_BYTES) -> list[bytes]:
    async def chunks() -> AsyncIterator[bytes]:
        edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        for start, end in pairwise(edges):
            yield data[start:end]

    async def all_lines() -> list[bytes]:
        return [line async for line in lines_of(chunks(), longest=longest)]

    return asyncio.run(all_lines())


def outcome_of(**line: Any) -> Outcome:
    read = read_line(json.dumps({"id": "1", "custom_id": "q", **line}).encode())
    assert read is not None
    assert read.id == "q"
    return read.outcome


def response(status: int, body: Any) -> dict[str, Any]:
    return {"status_code": status, "request_id": "r", "body": body}


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), cuts=st.lists(st.integers(0, 400))
)
def test_lines_do_not_depend_on_how_they_arrive(texts: list[str], cuts: list[int]) -> None:
    """JSON may contain U+2028 or NEL, which end a line in Python and in the SDK."""
    written = [json.dumps({"custom_id": text}, ensure_ascii=False).encode() for text in texts]
    assert lines(b"\n".join(written), cuts) == written
    assert lines(b"".join(line + b"\r\n\n" for line in written), cuts) == written


def test_an_endless_line_is_skipped() -> None:
    assert lines(b"one\n" + b"x" * 50 + b"\ntwo\n" + b"y" * 50, [10, 20, 30], longest=10) == [
        b"one",
        b"{",
        b"two",
        b"{",
    ]
    assert read_line(b"{") is None


def test_an_answer_is_read_like_a_live_one() -> None:
    body = completion("A cat.").body
    for written in (response(200, body), response(200, json.dumps(body)), {"body": body}, body):
        outcome = outcome_of(response=written, error=None)
        assert isinstance(outcome, Reply)
        assert (outcome.text, outcome.finish_reason, outcome.usage) == ("A cat.", "stop", Usage(100, 20))


@pytest.mark.parametrize(
    ("line", "status", "words", "is_retryable"),
    [
        ({"response": response(400, {"error": {"message": "Too long", "code": "context"}})}, 400, "Too long", False),
        ({"response": response(429, {"error": {"message": "Slow down"}}), "error": None}, 429, "Slow down", True),
        ({"response": response(500, None), "error": {"message": "Broken"}}, 500, "Broken", True),
        ({"response": response(500, "<html>Bad</html>")}, 500, "a web page", True),
        ({"response": None, "error": {"code": "batch_expired", "message": "Out of time"}}, 502, "Out of time", True),
        ({"response": None, "error": {"code": "batch_cancelled", "message": "Stop"}}, 502, "Stop", True),
        ({"response": response(200, None), "error": {"message": "Bad", "code": 400}}, 400, "Bad", False),
        ({"error": {"error": {"message": "No such picture", "code": 400}}}, 400, "No such picture", False),
        ({"response": response(200, {"error": {"message": "Rate limit"}})}, 429, "Rate limit", True),
        ({"response": response(200, {})}, 200, "nothing in it", True),
        ({}, 200, "null", True),
    ],
)
def test_an_error_is_read_like_a_live_one(line: dict[str, Any], status: int, words: str, is_retryable: bool) -> None:
    failure = outcome_of(**line)
    assert isinstance(failure, Failure)
    assert (failure.status, failure.is_retryable) == (status, is_retryable)
    assert words in failure.message


@pytest.mark.parametrize("line", [b"", b"{", b"null", b"[]", b'{"custom_id": 5}', b'{"response": {}}', b"\xff\xfe"])
def test_a_line_about_no_question_is_none(line: bytes) -> None:
    assert read_line(line) is None


@given(response=JSON, error=JSON)
def test_any_line_is_read_and_its_outcome_survives_the_store(response: Any, error: Any) -> None:
    outcome = outcome_of(response=response, error=error)
    stored = json.loads(json.dumps(outcome_to_json(outcome)))
    assert outcome_from_json(stored) == outcome


def test_everything_of_a_reply_survives_the_store() -> None:
    token = Token("A", {"A": 0.75, "B": 0.25})
    reply = Reply("A\ud800 \x00", "why", "", "stop", "m", Usage(1, 2, 0, None), 1.5, 0.25, (token, token))
    assert outcome_from_json(json.loads(json.dumps(outcome_to_json(reply)))) == reply
