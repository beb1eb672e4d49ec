"""A delivery is retried a few times, never delays the request that caused it, and survives a restart."""

import hashlib
import hmac
import time
from pathlib import Path

import pytest
from encord.workflow import AgentStage
from encord_agents.core.webhooks import WebhookVerificationError, verify_signature
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.encord.webhooks.calls import signed_headers
from judge_pipeline.local.encord.webhooks.decisions import decision_of
from judge_pipeline.local.encord.webhooks.webhook import DeliverySettings
from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.local.encord.webhooks.conftest import Register, settled
from judge_pipeline_tests.local.encord.webhooks.receiver import SECRET, Receiver
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import UNREACHABLE_URL, LocalEncord, running_local_encord


def test_a_failed_delivery_is_retried_with_the_same_body_and_a_new_signature(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("task_ready")
    receiver.will_answer(500, 503)
    add_texts(seed, tmp_path, 1)
    calls = [receiver.next_call() for _ in range(3)]
    assert len({call.body for call in calls}) == 1
    assert all(call.is_signed_with(SECRET) for call in calls)
    delivery = settled(seed)["deliveries"][-1]
    assert delivery["status"] == "delivered"
    assert [(attempt["status"], attempt["error"]) for attempt in delivery["attempts"]] == [
        (500, "answered 500, expected 2xx"),
        (503, "answered 503, expected 2xx"),
        (200, None),
    ]


def test_a_silent_receiver_is_given_up_after_max_attempts(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    receiver.may_answer.clear()
    register("custom_agent", timeout_seconds=0.05, max_attempts=3)
    add_texts(seed, tmp_path, 1)
    (delivery,) = settled(seed)["deliveries"]
    assert delivery["status"] == "failed"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [None] * 3
    assert all("timed out" in attempt["error"] for attempt in delivery["attempts"])
    receiver.may_answer.set()


def test_a_refused_connection_is_retried(seed: SeedProject, tmp_path: Path, register: Register) -> None:
    register("custom_agent", url=f"{UNREACHABLE_URL}/hook", max_attempts=2)
    add_texts(seed, tmp_path, 1)
    (delivery,) = settled(seed)["deliveries"]
    assert (delivery["status"], len(delivery["attempts"])) == ("failed", 2)
    assert delivery["attempts"][0]["error"].startswith("ConnectionError")


@pytest.mark.parametrize("status", [400, 401, 404, 302, 307])
def test_a_refusal_is_final_and_a_redirect_is_not_followed(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register, status: int
) -> None:
    register("custom_agent")
    receiver.will_answer(status)
    add_texts(seed, tmp_path, 1)
    (delivery,) = settled(seed)["deliveries"]
    assert (delivery["status"], len(delivery["attempts"])) == ("failed", 1)
    receiver.next_call()
    assert receiver.calls.empty()


def test_a_slow_agent_does_not_delay_the_request_that_moves_a_task(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    """Even with more calls than the server has threads for them, the SDK gets its responses."""
    add_texts(seed, tmp_path, 10)
    receiver.may_answer.clear()
    register("custom_agent", stage="LLM2")
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    with seed.project().create_bundle() as bundle:
        for task in stage.get_tasks():
            task.proceed("First caption", bundle=bundle)
    assert not list(stage.get_tasks())
    receiver.next_call()
    assert seed.server.control("GET", "webhooks").json()[0]["counts"]["pending"] == 10
    receiver.may_answer.set()
    assert settled(seed)["counts"]["delivered"] == 10


def test_a_call_in_progress_when_the_server_stops_is_sent_again_after_restart(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.may_answer.clear()
    with running_local_encord(tmp_path / "encord") as server:
        seed = create_seed_project(server)
        webhook = {"project_hash": seed.project_hash, "stage": "LLM1", "kind": "custom_agent"}
        server.control("POST", "webhooks", json=webhook | {"url": receiver.url, "secret": SECRET})
        data_hash = add_texts(seed, tmp_path, 1)[0]
        assert receiver.next_call().content["dataHash"] == data_hash
    receiver.may_answer.set()
    with running_local_encord(tmp_path / "encord") as server:
        again = receiver.next_call()
        assert again.content["dataHash"] == data_hash
        assert again.is_signed_with(SECRET)
        restarted = LocalEncord(server.url, seed.server.email, seed.server.private_key_text)
        after = SeedProject(restarted, seed.project_hash, seed.dataset_hash, seed.folder_uuid, seed.ontology_hash)
        assert settled(after)["counts"] == {"pending": 0, "delivered": 1, "failed": 0, "dropped": 0}


@given(st.binary(max_size=200), st.text(min_size=1, max_size=50).filter(lambda text: text.isprintable()))
def test_any_body_is_signed_so_that_encords_library_accepts_it(body: bytes, secret: str) -> None:
    headers = signed_headers(body, secret, now=time.time())
    signature, timestamp = headers["X-Encord-Signature"], headers["X-Encord-Timestamp"]
    verify_signature(body, signature=signature, timestamp=timestamp, secret=secret)
    assert signature == hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()
    with pytest.raises(WebhookVerificationError):
        verify_signature(body + b" ", signature=signature, timestamp=timestamp, secret=secret)


def test_an_old_signature_is_not_accepted() -> None:
    headers = signed_headers(b"{}", SECRET, now=time.time() - 301)
    with pytest.raises(WebhookVerificationError, match="tolerance"):
        verify_signature(
            b"{}", signature=headers["X-Encord-Signature"], timestamp=headers["X-Encord-Timestamp"], secret=SECRET
        )


def test_each_pause_doubles() -> None:
    assert [DeliverySettings(backoff_seconds=5).pause_after(attempts) for attempts in (1, 2, 3)] == [5, 10, 20]


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        (b'{"decision": "First caption"}', "First caption"),
        (b'{"decision": "  First caption\\n"}', "First caption"),
        (b'{"decision": ""}', None),
        (b'{"decision": null}', None),
        (b'{"decision": 5}', None),
        (b'{"decision": "' + b"x" * 256 + b'"}', "x" * 256),
        (b'{"decision": "' + b"x" * 257 + b'"}', None),
        (b"{}", None),
        (b"null", None),
        (b"[1]", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_only_a_name_of_valid_length_is_a_decision(answer: bytes, decision: str | None) -> None:
    assert decision_of(answer) == decision
