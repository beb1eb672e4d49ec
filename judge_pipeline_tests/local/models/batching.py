"""Batches as a client sends them: input files, submission, polling, and the lines of the answers."""

import io
import json
import time
from collections.abc import Iterable
from typing import Any

import openai
from openai.types import Batch
from PIL import Image

from judge_pipeline_tests.local.models.asking import encoded, messages

DOT = encoded(Image.new("RGB", (8, 8), "red"))
"""The smallest useful picture: a batch of many lines is quick with it."""

ENDED = ("failed", "completed", "expired", "cancelled")


def line(custom_id: str, text: str = "Describe it.", model: str = "measured-brief", **changes: Any) -> dict[str, Any]:
    body = {"model": model, "messages": messages(text, DOT)}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body, **changes}


def lines(count: int) -> list[dict[str, Any]]:
    return [line(f"q-{number}", f"Describe it, {number}.") for number in range(count)]


def jsonl(requests: Iterable[dict[str, Any] | str]) -> bytes:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in requests).encode()


def upload(client: openai.OpenAI, requests: Iterable[dict[str, Any] | str]) -> str:
    return client.files.create(file=("input.jsonl", io.BytesIO(jsonl(requests))), purpose="batch").id


def submit(client: openai.OpenAI, requests: Iterable[dict[str, Any] | str], **options: Any) -> Batch:
    return client.batches.create(
        input_file_id=upload(client, requests), endpoint="/v1/chat/completions", completion_window="24h", **options
    )


def until(client: openai.OpenAI, batch: Batch, *states: str) -> Batch:
    """Poll until the batch reaches one of the states."""
    deadline = time.monotonic() + 20
    while batch.status not in states and time.monotonic() < deadline:
        time.sleep(0.01)
        batch = client.batches.retrieve(batch.id)
    assert batch.status in states, batch
    return batch


def finished(client: openai.OpenAI, requests: Iterable[dict[str, Any] | str], **options: Any) -> Batch:
    return until(client, submit(client, requests, **options), *ENDED)


def raw_lines(client: openai.OpenAI, file_id: str | None) -> list[str]:
    return [] if file_id is None else client.files.content(file_id).text.splitlines()


def output(client: openai.OpenAI, batch: Batch) -> list[dict[str, Any]]:
    return [json.loads(each) for each in raw_lines(client, batch.output_file_id)]


def errors(client: openai.OpenAI, batch: Batch) -> list[dict[str, Any]]:
    return [json.loads(each) for each in raw_lines(client, batch.error_file_id)]


def ids(answers: list[dict[str, Any]]) -> list[str]:
    return [each["custom_id"] for each in answers]
