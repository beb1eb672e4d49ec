"""Chat completions as a client sees them: models, answers, usage, errors."""

import json
from urllib.parse import urlsplit

import openai
import pytest
import requests

from judge_pipeline_tests.local.models.asking import (
    ask,
    data_uri,
    messages,
    photograph_bytes,
    response_format,
    strict_object,
)

DESCRIBERS = ["measured-brief", "measured-detailed"]


def test_three_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [*DESCRIBERS, "measured-judge"]
    assert client.models.retrieve("measured-brief").owned_by == "measured-descriptions"


@pytest.mark.parametrize("model", DESCRIBERS)
def test_a_cup_of_espresso_is_called_espresso(client: openai.OpenAI, model: str) -> None:
    answer = ask(client, model, seed=7, temperature=0, max_tokens=100)
    assert answer.choices[0].finish_reason == "stop"
    assert "espresso" in (answer.choices[0].message.content or "").lower()


def test_the_two_describers_differ(client: openai.OpenAI) -> None:
    brief, detailed = (ask(client, model).choices[0].message.content for model in DESCRIBERS)
    assert brief != detailed


@pytest.mark.parametrize("model", DESCRIBERS)
def test_the_same_request_gets_the_same_answer_and_id(client: openai.OpenAI, model: str) -> None:
    first, second = ask(client, model), ask(client, model)
    assert (first.id, first.choices) == (second.id, second.choices)


def test_usage_counts_text_picture_and_answer(client: openai.OpenAI) -> None:
    usage = ask(client, "measured-brief").usage
    longer = ask(client, "measured-brief", "Describe it. " * 10).usage
    assert usage is not None
    assert longer is not None
    assert usage.prompt_tokens > 19 * 13, "a 600 x 400 photograph has 19 x 13 patches"
    assert longer.prompt_tokens > usage.prompt_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_an_answer_above_the_token_limit_is_cut(client: openai.OpenAI) -> None:
    answer = ask(client, "measured-brief", max_completion_tokens=3)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


def test_a_describer_fills_json_with_its_sentence(client: openai.OpenAI) -> None:
    sentence = ask(client, "measured-brief").choices[0].message.content
    by_default = ask(client, "measured-brief", "Answer as JSON.", response_format={"type": "json_object"})
    schema = strict_object(text={"type": "string"})
    by_schema = ask(client, "measured-brief", response_format=response_format(schema))
    assert json.loads(by_default.choices[0].message.content or "") == {"caption": sentence}
    assert json.loads(by_schema.choices[0].message.content or "") == {"text": sentence}


def test_messages_of_plain_text_may_surround_the_picture(client: openai.OpenAI) -> None:
    conversation = [
        *messages("Describe it.", data_uri(photograph_bytes("cat"))),
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "Please try again."},
    ]
    answer = client.chat.completions.create(model="measured-brief", messages=conversation)
    assert "cat" in (answer.choices[0].message.content or "")


def test_an_unknown_model_is_reported_as_404(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, "gpt-6-luna")
    assert caught.value.code == "model_not_found"
    assert "measured-brief" in caught.value.message


def test_a_request_without_a_picture_is_reported_as_400(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="expected an image_url part"):
        client.chat.completions.create(model="measured-brief", messages=messages("Hello.", None))


def test_json_object_needs_the_word_json_as_openai_does(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="must contain the word 'json'"):
        ask(client, "measured-brief", response_format={"type": "json_object"})


def test_a_malformed_request_names_the_field(url: str) -> None:
    answer = requests.post(f"{url}/v1/chat/completions", json={"model": "measured-brief", "messages": []}, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "messages"
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_streaming_is_refused_with_an_explanation(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="stream=false"):
        ask(client, "measured-brief", stream=True)


@pytest.mark.parametrize("path", ["v1/models", "_local/stats"])
def test_a_foreign_host_name_that_points_here_is_refused(url: str, path: str) -> None:
    """DNS rebinding: a page's own name is made to mean this machine, so that the browser lets the page read the answers."""
    port = urlsplit(url).port
    hosts = {f"{host}:{port}" if host else "" for host in ("evil.example", "127.0.0.1.evil.example", "")}
    refused = {requests.get(f"{url}/{path}", headers={"Host": host}, timeout=10).status_code for host in hosts}
    assert refused == {400}
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "127.0.0.1"):
        assert requests.get(f"{url}/{path}", headers={"Host": host}, timeout=10).status_code == 200
