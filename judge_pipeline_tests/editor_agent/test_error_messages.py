"""What labellers read, and the secrets that appear nowhere."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.editor_agent.error_messages import agent_error
from judge_pipeline.editor_agent.errors import MAX_MESSAGE_CHARACTERS, as_sentence
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline_tests.editor_agent.harness import MODEL_KEY, Agent, Harness
from judge_pipeline_tests.editor_agent.test_access import EDITOR, KEY, payload, policy, signature
from judge_pipeline_tests.editor_agent.test_signatures import SECRET
from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.models.stub_server import failure


@given(st.text())
def test_a_message_is_never_longer_than_encord_shows(text: str) -> None:
    message = as_sentence(text)
    assert len(message) <= MAX_MESSAGE_CHARACTERS
    assert "\n" not in message


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("the model said nothing", "The model said nothing."),
        ("Is it there?", "Is it there?"),
        ("one\n  two", "One two."),
        ("", ""),
        ("word " * 100, ("word " * 50).capitalize().strip() + " …"),
    ],
)
def test_a_message_is_a_sentence_cut_between_words(message: str, shown: str) -> None:
    assert as_sentence(message) == shown


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [(1, "'red.png' has no frame 1; its only frame is 0."), (2**31 - 1, "'red.png' has no frame 2147483647; its only")],
)
def test_a_missing_frame_is_named(harness: Harness, agent: Agent, frame: int, sentence: str) -> None:
    answer = agent.click(harness.data_hash("red.png"), frame)
    assert answer.status_code == 409
    assert answer.json()["message"].startswith(sentence)


def test_a_text_is_refused_by_its_data_type(harness: Harness, agent: Agent) -> None:
    (data_hash,) = add_texts(harness.seed, harness.folder, 1)
    answer = agent.click(data_hash)
    assert answer.status_code == 409
    assert (
        "has the data type 'plain text'; only images and frames of image groups and videos" in answer.json()["message"]
    )


def test_a_refused_address_is_for_the_log_not_for_labellers() -> None:
    refused = StorageAddresses("api.encord.com").refusal("wiki.intranet", "10.0.0.7")
    message = agent_error(refused) if refused else None
    assert str(message) == "The image is stored where the agent reads no files; contact the agent's administrator."


def test_a_missing_data_unit_is_named(agent: Agent) -> None:
    answer = agent.click("00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 409
    assert "has no data unit 00000000-0000-4000-8000-000000000000" in answer.json()["message"]


def test_an_inaccessible_project_is_refused_without_naming_settings(harness: Harness, agent: Agent) -> None:
    call = {"projectHash": "00000000-0000-4000-8000-000000000000", "dataHash": harness.data_hash("red.png"), "frame": 0}
    answer = agent.post(json.dumps(call).encode())
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("Encord does not let the agent work on this item; contact")


def test_a_missing_classification_is_named_with_the_existing_ones(harness: Harness, agent: Agent) -> None:
    client = harness.seed.client()
    ontology = client.get_ontology(harness.seed.ontology_hash)
    ontology.structure.classifications[-1].attributes[0].name = "Remark"
    ontology.save()
    answer = agent.click(harness.data_hash("red.png"))
    assert answer.status_code == 409
    assert answer.json()["message"].startswith(
        "The ontology has no text classification 'Description' (it has: 'Remark')"
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            b"{",
            "The body is not valid JSON (EOF while parsing an object at line 1 column 1); expected an object such as {",
        ),
        (b"", "The body is not valid JSON (EOF"),
        (b"{'frame': 0}", "The body is not valid JSON (key must be a string"),
        (b'{"frame": NaN}', "The body is not valid JSON (expected value"),
        (b'{"frame": ' + b"9" * 5000 + b"}", "The body is not valid JSON (number out of range"),
        (b'{"frame": "\xff"}', "The body is not valid JSON (invalid unicode"),
        (b"[" * 10_000, "The body is not valid JSON (recursion limit exceeded"),
        (b'{"a":' * 3_000 + b"1" + b"}" * 1_000, "The body is not valid JSON (recursion limit exceeded"),
        (b'{"objectHashes": ' + b"[" * 150 + b"]" * 150 + b"}", "Invalid request: projectHash: Field required."),
        (b"[]", 'The body is a list; expected an object such as {"projectHash": '),
        (b"null", "The body is null; expected an object"),
        (b"1e5", "The body is a number; expected an object"),
        (b'{"projectHash": "x"}', "Invalid request: projectHash: String should match pattern"),
        (b'{"frame": 0}', "Invalid request: projectHash: Field required."),
    ],
)
def test_an_invalid_body_says_what_is_wrong(agent: Agent, body: bytes, sentence: str) -> None:
    answer = agent.post(body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(sentence)


def test_no_secret_is_logged_or_returned(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """Neither on success nor on failure: keys of Encord, the model, the path and the signatures, and signed URLs."""
    body = payload(harness)
    answers = []
    with caplog.at_level(logging.DEBUG), harness.agent(policy(harness)) as agent:
        caplog.clear()
        answers += [
            agent.post(body, route=f"{KEY}/", Origin=EDITOR, X_Cloud_Trace_Context="0123456789abcdef0123/1;o=1"),
            agent.post(body, route=f"{KEY}/", **signature(body, "another")),
            agent.post(body, route=f"{KEY}/{KEY}", Origin=EDITOR),
            agent.post(body, route=f"{KEY[:-1]}/", Origin=EDITOR),
        ]
        harness.models.rule = lambda _asked: failure(401, f"Incorrect API key provided: {MODEL_KEY}")
        blue = body.replace(harness.data_hash("red.png").encode(), harness.data_hash("blue.png").encode())
        answers.append(agent.post(blue, route=f"{KEY}/", Origin=EDITOR))
        harness.seed.server.control("POST", "faults", json={"match": ".*", "status": 403, "times": 20})
        answers.append(agent.post(body.replace(b'"frame": 0', b'"frame": 3'), route=f"{KEY}/", Origin=EDITOR))
    assert [answer.status_code for answer in answers] == [200, 401, 404, 404, 503, 403]
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("judge_pipeline"))
    returned = "\n".join(f"{answer.headers} {answer.text}" for answer in answers)
    assert "trace 0123456789abcdef0123" in logged
    assert "describing a frame" in logged
    for secret in (MODEL_KEY, KEY, KEY[:-1], SECRET, *harness.seed.server.private_key_text.splitlines()[1:-1]):
        assert secret not in logged
        assert secret not in returned
    assert "signature=" not in logged.lower(), "of a signed URL"
