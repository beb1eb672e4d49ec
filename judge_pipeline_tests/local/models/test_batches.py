"""Files and batches as the official SDK sees them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import requests

from judge_pipeline.local.models import create_app
from judge_pipeline_tests.local.models.asking import ask, data_uri, messages, photograph_bytes
from judge_pipeline_tests.local.models.batching import (
    errors,
    finished,
    ids,
    line,
    lines,
    output,
    submit,
    until,
    upload,
)
from judge_pipeline_tests.servers import serve

SECONDS = {"seconds": 0.0}


@pytest.fixture(autouse=True)
def quick(url: str) -> Iterator[None]:
    requests.patch(f"{url}/_local/batch-settings", json=SECONDS, timeout=10)
    yield
    requests.delete(f"{url}/_local/batch-settings", timeout=10)


def settings(url: str, **changes: Any) -> None:
    answer = requests.patch(f"{url}/_local/batch-settings", json=changes, timeout=10)
    assert answer.status_code == 200, answer.text


def test_a_batch_answers_as_the_live_route_does(client: openai.OpenAI, url: str) -> None:
    body = {"model": "measured-detailed", "messages": messages("Describe it.", data_uri(photograph_bytes("coffee")))}
    batch = finished(client, [line("a", body=body)], metadata={"submission": "1b2c"})
    (answer,) = output(client, batch)
    live = ask(client, "measured-detailed").model_dump(exclude={"created"}, exclude_unset=True)
    assert (answer["custom_id"], answer["error"], answer["response"]["status_code"]) == ("a", None, 200)
    assert answer["id"].startswith("batch_req_")
    assert {key: value for key, value in answer["response"]["body"].items() if key != "created"} == live
    assert (batch.status, batch.model, batch.metadata) == ("completed", "measured-detailed", {"submission": "1b2c"})
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (1, 1, 0)
    assert batch.usage is not None
    assert batch.usage.total_tokens == live["usage"]["total_tokens"]
    assert batch.error_file_id is None
    assert None not in (batch.in_progress_at, batch.finalizing_at, batch.completed_at)
    assert requests.get(f"{url}/_local/stats", timeout=10).json()["batch"]["by_model"] == {"measured-detailed": 1}


def test_a_refused_line_is_in_the_error_file(client: openai.OpenAI) -> None:
    refused = line("b", body={"model": "measured-brief", "messages": messages("Hello.", None)})
    batch = finished(client, [line("a"), refused])
    assert ids(output(client, batch)) == ["a"]
    (answer,) = errors(client, batch)
    assert (answer["custom_id"], answer["error"], answer["response"]["status_code"]) == ("b", None, 400)
    assert "expected an image_url part" in answer["response"]["body"]["error"]["message"]
    assert batch.request_counts is not None
    assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)


def test_without_a_success_there_is_no_output_file(client: openai.OpenAI) -> None:
    batch = finished(client, [line("a", body={"model": "measured-brief", "messages": []})])
    assert (batch.status, batch.output_file_id) == ("completed", None)
    assert ids(errors(client, batch)) == ["a"]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ("{broken", "invalid_json_line"),
        ("[]", "invalid_json_line"),
        (line("a"), "duplicate_custom_id"),
        (line("b", model="measured-detailed"), "mismatched_model"),
        (line("b", url="/v1/embeddings"), "invalid_url"),
        (line("b", method="GET"), "invalid_method"),
        (line(""), "missing_required_parameter"),
        (line("b", body={"messages": []}), "missing_required_parameter"),
        (line("b", body="text"), "invalid_type"),
    ],
)
def test_a_wrong_line_fails_the_batch(client: openai.OpenAI, second: Any, code: str) -> None:
    batch = finished(client, [line("a"), second, line("c")])
    assert batch.status == "failed"
    assert batch.failed_at is not None
    assert batch.errors is not None
    assert [(error.code, error.line) for error in batch.errors.data or []] == [(code, 2)]
    assert (batch.output_file_id, batch.error_file_id) == (None, None)


def test_an_unknown_model_fails_the_batch(client: openai.OpenAI) -> None:
    batch = finished(client, [line("a", model="gpt-6-luna")])
    assert batch.errors is not None
    assert [error.code for error in batch.errors.data or []] == ["model_not_found"]


def test_a_batch_without_its_file_fails(client: openai.OpenAI, url: str) -> None:
    settings(url, seconds=1)
    batch = submit(client, lines(1))
    client.files.delete(batch.input_file_id)
    batch = until(client, batch, "failed")
    assert batch.errors is not None
    assert [error.code for error in batch.errors.data or []] == ["file_not_found"]


def test_the_limits_of_a_batch(client: openai.OpenAI, url: str) -> None:
    settings(url, max_requests=2)
    batch = finished(client, lines(3))
    assert batch.errors is not None
    assert [error.code for error in batch.errors.data or []] == ["too_many_tasks"]
    settings(url, max_file_bytes=1000)
    with pytest.raises(openai.BadRequestError, match="File is too large"):
        upload(client, lines(3))


def test_a_models_enqueued_tokens_are_limited(client: openai.OpenAI, url: str) -> None:
    settings(url, enqueued_tokens=1200, seconds=60)
    first, second = (until(client, submit(client, lines(2)), "in_progress") for _ in range(2))
    settings(url, seconds=0)
    refused = finished(client, lines(2))
    assert refused.status == "failed"
    assert refused.errors is not None
    (error,) = refused.errors.data or []
    assert (error.code, error.line) == ("token_limit_exceeded", None)
    assert "Enqueued token limit reached for measured-brief" in (error.message or "")
    for batch in (first, second):
        client.batches.cancel(batch.id)
        until(client, batch, "cancelled")
    assert finished(client, lines(2)).status == "completed"


def test_a_cancelled_batch_keeps_what_is_finished(client: openai.OpenAI, url: str) -> None:
    settings(url, seconds=3)
    batch = submit(client, lines(10))
    while client.batches.retrieve(batch.id).to_dict()["request_counts"]["completed"] < 2:  # type: ignore[index]
        assert until(client, batch, "validating", "in_progress")
    assert client.batches.cancel(batch.id).status == "cancelling"
    batch = until(client, batch, "cancelled")
    done, left = output(client, batch), errors(client, batch)
    assert sorted(ids(done) + ids(left)) == sorted(f"q-{number}" for number in range(10))
    assert len(done) >= 2
    assert {(each["response"], each["error"]["code"]) for each in left} == {(None, "batch_cancelled")}
    assert batch.cancelled_at is not None
    assert client.batches.cancel(batch.id).status == "cancelled", "cancelling again changes nothing"


def test_a_completed_batch_cannot_be_cancelled(client: openai.OpenAI) -> None:
    batch = finished(client, lines(1))
    with pytest.raises(openai.ConflictError, match="Cannot cancel a batch with status 'completed'"):
        client.batches.cancel(batch.id)


def test_files_are_listed_read_and_deleted(client: openai.OpenAI) -> None:
    mine = client.with_options(api_key="files")
    made = [upload(mine, [line(name)]) for name in "abc"]
    assert [file.id for file in mine.files.list()] == made[::-1]
    assert [file.id for file in mine.files.list(limit=2, order="asc")] == made, "the SDK reads on"
    assert [file.id for file in mine.files.list(purpose="batch_output")] == []
    stored = mine.files.retrieve(made[0])
    assert (stored.filename, stored.purpose, stored.status) == ("input.jsonl", "batch", "processed")
    assert stored.expires_at == pytest.approx(stored.created_at + 30 * 86400, abs=2)
    content = mine.files.content(made[0]).content
    assert (len(content), json.loads(content)["custom_id"]) == (stored.bytes, "a")
    assert mine.files.delete(made[0]).deleted
    with pytest.raises(openai.NotFoundError, match="No such File object"):
        mine.files.retrieve(made[0])


def test_batches_are_listed_newest_first_in_pages(client: openai.OpenAI) -> None:
    mine = client.with_options(api_key="batches")
    file = upload(mine, [line("a")])
    made = [
        mine.batches.create(input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h").id
        for _ in range(5)
    ]
    page = mine.batches.list(limit=2)
    assert ([batch.id for batch in page.data], page.has_more) == (made[:2:-1], True)
    assert [batch.id for batch in mine.batches.list(limit=2)] == made[::-1]
    assert [batch.id for batch in mine.batches.list(after=made[1])] == made[:1]
    with pytest.raises(openai.BadRequestError, match="limit"):
        mine.batches.list(limit=101)


def test_each_api_key_sees_its_own(client: openai.OpenAI) -> None:
    batch = finished(client, lines(1))
    other = client.with_options(api_key="another")
    for refused in (
        lambda: other.files.retrieve(batch.input_file_id),
        lambda: other.batches.retrieve(batch.id),
        lambda: other.batches.cancel(batch.id),
        lambda: other.batches.create(
            input_file_id=batch.input_file_id, endpoint="/v1/chat/completions", completion_window="24h"
        ),
    ):
        with pytest.raises(openai.NotFoundError):
            refused()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"endpoint": "/v1/embeddings"}, "Supported values are: '/v1/chat/completions'"),
        ({"completion_window": "1h"}, "Supported values are: '24h'"),
        ({"metadata": {str(number): "" for number in range(17)}}, "at most 16 properties"),
        ({"metadata": {"k" * 65: ""}}, "maximum length 64"),
        ({"metadata": {"k": "v" * 513}}, "maximum length 512"),
        ({"output_expires_after": {"anchor": "created_at", "seconds": 60}}, "from 3600"),
        ({"extra_body": {"webhook": "x"}}, "webhook"),
    ],
)
def test_a_wrong_batch_is_refused(client: openai.OpenAI, change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(openai.BadRequestError, match=complaint):
        submit_changed(client, change)


def submit_changed(client: openai.OpenAI, change: dict[str, Any]) -> None:
    given = {"endpoint": "/v1/chat/completions", "completion_window": "24h", **change}
    client.batches.create(input_file_id=upload(client, lines(1)), **given)


def test_a_wrong_file_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"Must be \.jsonl"):
        client.files.create(file=("input.txt", b"{}"), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        client.files.create(file=("input.jsonl", b"{}"), purpose="fine-tune")
    with pytest.raises(openai.BadRequestError, match="empty"):
        client.files.create(file=("input.jsonl", b""), purpose="batch")


def test_an_output_file_expires_when_asked(client: openai.OpenAI) -> None:
    batch = finished(client, lines(1), output_expires_after={"anchor": "created_at", "seconds": 3600})
    stored = client.files.retrieve(batch.output_file_id or "")
    assert stored.expires_at == pytest.approx(stored.created_at + 3600, abs=2)
    assert stored.purpose == "batch_output"


def test_batches_go_on_after_a_restart(networks: Path, tmp_path: Path) -> None:
    with serve(create_app(networks, tmp_path, batch_seconds=60)) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0)
        batch = until(client, submit(client, lines(3)), "in_progress")
    with serve(create_app(networks, tmp_path, batch_seconds=0)) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0)
        assert sorted(ids(output(client, until(client, batch, "completed")))) == ["q-0", "q-1", "q-2"]
