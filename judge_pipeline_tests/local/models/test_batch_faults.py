"""Faults of batches on request, as docs/batches-locally.md lists them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import requests

from judge_pipeline_tests.local.models.asking import ask
from judge_pipeline_tests.local.models.batching import (
    errors,
    finished,
    ids,
    line,
    lines,
    output,
    raw_lines,
    submit,
    until,
    upload,
)


@pytest.fixture(autouse=True)
def quick(url: str) -> Iterator[None]:
    requests.patch(f"{url}/_local/batch-settings", json={"seconds": 0}, timeout=10)
    yield
    requests.delete(f"{url}/_local/batch-settings", timeout=10)


def inject(url: str, **fault: Any) -> None:
    answer = requests.post(f"{url}/_local/faults", json=fault, timeout=10)
    assert answer.status_code == 201, answer.text


def test_shares_of_the_lines_get_error_statuses(client: openai.OpenAI, url: str) -> None:
    for status, share in ((429, 0.2), (500, 0.1), (400, 0.05)):
        inject(url, kind="status", status=status, share=share, mode="batch")
    assert ask(client, "measured-brief").choices, "live requests are spared"
    batch = finished(client, lines(100))
    found = Counter(each["response"]["status_code"] for each in errors(client, batch))
    assert found == {429: 20, 500: 8, 400: 3}, "each of the later ones takes its share of what the earlier ones leave"
    assert len(output(client, batch)) == 69
    assert batch.request_counts is not None
    assert (batch.request_counts.completed, batch.request_counts.failed) == (69, 31)


def test_a_status_has_its_code_and_hits_the_lines_that_match(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="status", status=400, code="content_policy_violation", text="Unsafe.", match="it, 2", mode="batch")
    batch = finished(client, lines(4))
    (answer,) = errors(client, batch)
    assert answer["custom_id"] == "q-2"
    assert answer["response"]["body"]["error"] == {
        "message": "Unsafe.",
        "type": "invalid_request_error",
        "param": None,
        "code": "content_policy_violation",
    }


def test_a_line_without_a_response_has_an_error(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="reset", mode="batch")
    (answer,) = errors(client, finished(client, lines(1)))
    assert (answer["response"], answer["error"]["code"]) == (None, "server_error")


def test_answers_of_lines_are_cut_refused_and_dictated(client: openai.OpenAI, url: str) -> None:
    for kind in ("length", "refusal", "content_filter"):
        inject(url, kind=kind, mode="batch")
    inject(url, kind="text", text="dictated", mode="batch")
    choices = [each["response"]["body"]["choices"][0] for each in output(client, finished(client, lines(4)))]
    assert [each["finish_reason"] for each in choices] == ["length", "stop", "content_filter", "stop"]
    assert choices[1]["message"]["refusal"]
    assert choices[3]["message"]["content"] == "dictated"


def test_lines_are_missing_doubled_unknown_and_malformed(client: openai.OpenAI, url: str) -> None:
    for kind in ("line_missing", "line_doubled", "line_unknown", "line_malformed"):
        inject(url, kind=kind)
    batch = finished(client, lines(5))
    written = raw_lines(client, batch.output_file_id)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(written[4])
    names = ids([json.loads(each) for number, each in enumerate(written) if number != 4])
    assert names[:2] + names[3:] == ["q-1", "q-1", "q-2", "q-4"]
    assert names[2].startswith("unknown-")
    assert batch.request_counts is not None
    assert batch.request_counts.completed == 5, "the server does not notice"


def test_the_output_is_reversed(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="batch_reversed", match='"order": "wrong"')
    assert ids(output(client, finished(client, lines(4)))) == ["q-0", "q-1", "q-2", "q-3"]
    assert ids(output(client, finished(client, lines(4), metadata={"order": "wrong"}))) == ["q-3", "q-2", "q-1", "q-0"]


def test_a_batch_expires_after_some_lines(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="batch_expired", lines=2, model="measured-brief")
    other = finished(client, [line("a", model="measured-detailed")])
    batch = finished(client, lines(5))
    assert (other.status, batch.status) == ("completed", "expired")
    assert batch.expired_at is not None
    assert ids(output(client, batch)) == ["q-0", "q-1"]
    left = errors(client, batch)
    assert ids(left) == ["q-2", "q-3", "q-4"]
    assert {(each["response"], each["error"]["code"]) for each in left} == {(None, "batch_expired")}
    assert batch.request_counts is not None
    assert (batch.request_counts.completed, batch.request_counts.failed) == (2, 0)


def test_a_batch_fails(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="batch_failed", code="billing_hard_limit_reached", text="Billing hard limit has been reached.")
    batch = finished(client, lines(1))
    assert batch.status == "failed"
    assert batch.errors is not None
    assert [error.code for error in batch.errors.data or []] == ["billing_hard_limit_reached"]


def test_a_slow_batch_can_be_watched(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="batch_slow", delay_seconds=60)
    batch = until(client, submit(client, lines(5)), "in_progress")
    client.batches.cancel(batch.id)
    until(client, batch, "cancelled")


def test_an_upload_is_refused(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="status", status=413, route="POST /v1/files")
    with pytest.raises(openai.APIStatusError) as caught:
        client.files.create(file=("input.jsonl", b"x" * 20_000_000), purpose="batch")
    assert caught.value.status_code == 413
    assert upload(client, lines(1))


def test_a_server_without_batches_answers_404(client: openai.OpenAI, url: str) -> None:
    inject(url, kind="status", status=404, route="/v1/(files|batches)", share=1)
    for _ in range(2):
        with pytest.raises(openai.NotFoundError) as caught:
            upload(client, lines(1))
        assert caught.value.response.json() == {"detail": "Not Found"}
    with pytest.raises(openai.NotFoundError):
        client.batches.list()
    assert ask(client, "measured-brief").choices


def test_a_batch_is_made_although_its_response_is_lost(client: openai.OpenAI, url: str) -> None:
    mine = client.with_options(api_key="lost")
    file = upload(mine, lines(1))
    inject(url, kind="lost_response", route="POST /v1/batches$")
    inject(url, kind="reset", route="POST /v1/batches$")
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError):
            mine.batches.create(input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h")
    (batch,) = mine.batches.list()
    assert batch.input_file_id == file


def test_polls_are_slow(client: openai.OpenAI, url: str) -> None:
    batch = finished(client, lines(1))
    inject(url, kind="slow", delay_seconds=1, route="GET /v1/batches/")
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.1).batches.retrieve(batch.id)
    assert client.batches.retrieve(batch.id).status == "completed"


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"kind": "batch_expired"}, "needs 'lines'"),
        ({"kind": "lost_response"}, "needs 'route'"),
        ({"kind": "line_missing", "route": "POST /v1/files"}, "not 'line_missing'"),
        ({"kind": "reset", "route": "POST /v1/files", "model": "measured-brief"}, "has no 'model'"),
        ({"kind": "reset", "route": "("}, "not a regular expression"),
        ({"kind": "reset", "share": 1.5}, "less than or equal to 1"),
    ],
)
def test_an_invalid_fault_is_refused(url: str, fault: dict[str, Any], complaint: str) -> None:
    answer = requests.post(f"{url}/_local/faults", json=fault, timeout=10)
    assert answer.status_code == 422
    assert complaint in answer.text
