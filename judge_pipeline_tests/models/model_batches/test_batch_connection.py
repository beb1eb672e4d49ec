"""Servers differ in what they say of files and batches, and in what they can."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.model_batches.batch_connection import BatchConnection
from judge_pipeline.models.model_batches.server_batch import ServerBatch, ServerState, read_server_batch
from judge_pipeline_tests.models.conftest import KEY
from judge_pipeline_tests.models.model_batches.scripted_files import ScriptedFiles
from judge_pipeline_tests.models.model_batches.test_answer_lines import JSON
from judge_pipeline_tests.servers import serve

T = TypeVar("T")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def address_and_app() -> Iterator[tuple[str, ScriptedFiles]]:
    app = ScriptedFiles()
    with serve(app) as url:
        yield url, app


@pytest.fixture
def app(address_and_app: tuple[str, ScriptedFiles]) -> ScriptedFiles:
    address_and_app[1].__init__()  # type: ignore[misc]
    return address_and_app[1]


@pytest.fixture
def call(
    address_and_app: tuple[str, ScriptedFiles], app: ScriptedFiles
) -> Callable[[Callable[[BatchConnection], Awaitable[T]]], T]:
    def call(use: Callable[[BatchConnection], Awaitable[T]]) -> T:
        async def once() -> T:
            endpoint = Endpoint("LLM1", f"{address_and_app[0]}/v1", "m", SecretStr(KEY))
            async with BatchConnection(endpoint) as connection:
                return await use(connection)

        return asyncio.run(once())

    return call


def test_a_file_is_used_once_it_has_been_checked(app: ScriptedFiles, call: Any, tmp_path: Path) -> None:
    """As on Azure; and nothing of OpenAI's account goes to another server."""
    path = tmp_path / "one.jsonl"
    path.write_bytes(b'{"custom_id": "q"}\n')
    app.replies["POST /v1/files"] = [{"id": "file-1", "status": "pending"}]
    app.replies["GET /v1/files/file-1"] = [{"id": "file-1", "status": "processed"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_ORG_ID", "org-of-ours")
        assert call(lambda connection: connection.upload(path)) == "file-1"
    (_, content, headers), _ = app.requests
    assert b'name="purpose"\r\n\r\nbatch\r\n' in content
    assert b'filename="one.jsonl"' in content
    assert path.read_bytes() in content
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "openai-organization" not in headers


def test_a_file_that_fails_its_check_is_refused(app: ScriptedFiles, call: Any, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(b"no\n")
    app.replies["POST /v1/files"] = [{"id": "file-1", "status": "error", "status_details": "Line 1 is no JSON."}]
    refused = call(lambda connection: connection.upload(tmp_path / "one.jsonl"))
    assert (refused.status, refused.message) == (400, "Line 1 is no JSON.")


def test_a_new_batch_is_marked_and_may_come_as_a_job(app: ScriptedFiles, call: Any) -> None:
    job = {"id": "b", "status": "VALIDATING", "input_file_id": "f", "created_at": "2026-01-15T14:30:00Z"}
    app.replies["POST /v1/batches"] = [{"job": job, "warning": ""}]
    batch = call(lambda connection: connection.create(file_id="f", uuid="u"))
    assert (batch.id, batch.state, batch.created_at) == (
        "b",
        ServerState.RUNNING,
        datetime(2026, 1, 15, 14, 30, tzinfo=UTC),
    )
    assert json.loads(app.requests[0][1]) == {
        "input_file_id": "f",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "metadata": {"judge_pipeline": "u"},
    }


def test_a_batch_is_found_on_any_page_by_our_mark_or_by_its_file(app: ScriptedFiles, call: Any) -> None:
    pages = [
        {
            "data": [{"id": "1", "metadata": {"judge_pipeline": "other"}, "input_file_id": "f"}, {"id": "2"}],
            "has_more": True,
        },
        {"data": [{"id": "3", "metadata": {"judge_pipeline": "u"}}], "has_more": False},
    ]
    app.replies["GET /v1/batches"] = [*pages]
    found = call(lambda connection: connection.find("u", file_id="f", since=LONG_AGO))
    assert found.id == "3", "a mark tells more than a file"
    assert [target for target, _, _ in app.requests] == [
        "GET /v1/batches?limit=100",
        "GET /v1/batches?after=2&limit=100",
    ]
    app.replies["GET /v1/batches"] = [[{"id": "4", "input_file_id": "f", "metadata": None}]]
    assert call(lambda connection: connection.find("u", file_id="f", since=LONG_AGO)).id == "4"
    assert call(lambda connection: connection.find("u", file_id=None, since=LONG_AGO)) is None


def test_older_pages_are_not_read(app: ScriptedFiles, call: Any) -> None:
    app.replies["GET /v1/batches"] = [{"data": [{"id": "1", "created_at": 1_500_000_000}], "has_more": True}]
    assert call(lambda connection: connection.find("u", file_id="f", since=LONG_AGO)) is None
    assert len(app.requests) == 1


@pytest.mark.parametrize(
    "body", [b"<html>Sign in</html>", b"", b"null", {}, {"object": "batch"}, {"error": {"message": "no"}}]
)
def test_what_is_no_batch_is_a_failure(app: ScriptedFiles, call: Any, body: Any) -> None:
    app.replies["GET /v1/batches/b"] = [body]
    assert isinstance(call(lambda connection: connection.retrieve("b")), Failure)


@pytest.mark.parametrize(
    ("errors", "problems", "codes"),
    [
        (None, "", ()),
        ({"data": [{"code": "bad", "line": 3, "message": "No model"}]}, "line 3: No model", ("bad",)),
        ({"data": [{"code": "full"}] * 5}, "full; full; full; and 2 more", ("full",)),
        ("Out of memory", "Out of memory", ()),
        ([{"message": "No"}, "Never"], "No; Never", ()),
    ],
)
def test_what_is_wrong_with_a_batch_is_read_in_any_form(errors: Any, problems: str, codes: tuple[str, ...]) -> None:
    batch = read_server_batch({"id": "b", "status": "Failed", "errors": errors})
    assert batch is not None
    assert (batch.state, batch.problems, batch.problem_codes) == (ServerState.FAILED, problems, codes)


@given(
    st.dictionaries(
        st.sampled_from(["status", "errors", "metadata", "request_counts", "created_at", "output_file_id", "job"]), JSON
    )
)
def test_any_body_is_read(body: dict[str, Any]) -> None:
    assert isinstance(read_server_batch({"id": "b", **body}), ServerBatch)
    read_server_batch(body)
