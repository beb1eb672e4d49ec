"""A task-ready webhook announces a stage's tasks, as Encord does, until there are none left."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.workflow import AgentStage
from encord_agents.core.webhooks import AgentStageWorkReason, verify_and_parse_notification
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.encord.webhooks.calls import Reason
from judge_pipeline.local.encord.webhooks.notifications import evaluate
from judge_pipeline.local.encord.webhooks.webhook import A_DAY, DeliverySettings
from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.local.encord.webhooks.conftest import Register
from judge_pipeline_tests.local.encord.webhooks.receiver import SECRET, Receiver
from judge_pipeline_tests.seed_project import SeedProject


def stage(seed: SeedProject, name: str) -> AgentStage:
    return seed.project().workflow.get_stage(name=name, type_=AgentStage)


def test_a_task_that_enters_the_stage_is_announced(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("task_ready")
    add_texts(seed, tmp_path, 1)
    call = receiver.next_call()
    assert call.is_signed_with(SECRET)
    assert not call.is_signed_with("another secret")
    content = call.content
    assert UUID(content.pop("uid"))
    at = datetime.fromisoformat(content.pop("event_created_timestamp"))
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert content == {
        "version": 1,
        "source": "Encord",
        "event_type": "agent_stage_work_available_event",
        "payload": {
            "project_hash": seed.project_hash,
            "stage_uuid": str(stage(seed, "LLM1").uuid),
            "pending_count": 1,
            "reason": "batch_size_reached",
        },
    }


def test_encords_own_library_accepts_the_call(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("task_ready")
    add_texts(seed, tmp_path, 1)
    call = receiver.next_call()
    notification = verify_and_parse_notification(call.body, call.headers, secret=SECRET)
    assert str(notification.project_hash) == seed.project_hash
    assert notification.stage_uuid == stage(seed, "LLM1").uuid
    assert notification.pending_count == 1
    assert notification.reason is AgentStageWorkReason.BATCH_SIZE_REACHED


def test_tasks_that_come_together_are_announced_together(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    add_texts(seed, tmp_path, 3)
    register("task_ready", stage="LLM2")
    with seed.project().create_bundle() as bundle:
        for task in stage(seed, "LLM1").get_tasks():
            task.proceed("First caption", bundle=bundle)
    payload = receiver.next_call().content["payload"]
    assert payload["pending_count"] == 3
    assert payload["stage_uuid"] == str(stage(seed, "LLM2").uuid)


def test_tasks_that_waited_before_registration_are_announced(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    add_texts(seed, tmp_path, 2)
    register("task_ready", stage=str(stage(seed, "LLM1").uuid))
    assert receiver.next_call().content["payload"]["pending_count"] == 2


def test_work_is_announced_again_while_it_remains(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    add_texts(seed, tmp_path, 1)
    register("task_ready", resend_seconds=0.05)
    contents = [receiver.next_call().content for _ in range(3)]
    assert len({content["uid"] for content in contents}) == 3
    assert all(content["payload"]["pending_count"] == 1 for content in contents)


def test_removing_a_webhook_while_its_stage_is_checked_stops_no_other(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    add_texts(seed, tmp_path, 1)
    for _ in range(30):
        register("task_ready", resend_seconds=0.0005)
        receiver.next_call()
        seed.server.control("DELETE", "webhooks")
    assert seed.server.control("GET", "webhooks").json() == []


def test_a_task_that_enters_during_a_call_is_announced_after_it(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    receiver.may_answer.clear()
    register("task_ready")
    add_texts(seed, tmp_path, 1)
    assert receiver.next_call().content["payload"]["pending_count"] == 1
    item = seed.project().list_label_rows_v2()[0].backing_item_uuid
    dataset = seed.client().get_dataset(seed.dataset_hash)
    dataset.link_items([item], DataLinkDuplicatesBehavior.DUPLICATE)  # type: ignore[list-item]
    receiver.may_answer.set()
    assert receiver.next_call().content["payload"]["pending_count"] == 2


def test_a_stage_is_announced_when_its_batch_size_is_reached(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("task_ready", batch_size=2)
    add_texts(seed, tmp_path, 2)
    assert receiver.next_call().content["payload"] == {
        "project_hash": seed.project_hash,
        "stage_uuid": str(stage(seed, "LLM1").uuid),
        "pending_count": 2,
        "reason": "batch_size_reached",
    }


def test_a_batch_that_never_fills_is_announced_when_its_oldest_task_has_waited(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("task_ready", batch_size=10, max_wait_seconds=0.05)
    add_texts(seed, tmp_path, 1)
    assert receiver.next_call().content["payload"]["reason"] == "max_wait_elapsed"


@given(
    pending=st.integers(0, 20),
    waited=st.floats(0, 1e6),
    batch_size=st.integers(1, 20),
    max_wait=st.none() | st.floats(1e-3, A_DAY),
)
def test_a_stage_is_checked_again_only_while_waiting_can_change_something(
    pending: int, waited: float, batch_size: int, max_wait: float | None
) -> None:
    settings = DeliverySettings(batch_size=batch_size, max_wait_seconds=max_wait)
    found = evaluate(settings, pending=pending, waited_seconds=waited)
    is_full = pending >= batch_size
    is_late = pending > 0 and max_wait is not None and waited >= max_wait
    assert (found.reason is not None) == (is_full or is_late)
    assert found.reason is None or (found.reason is Reason.BATCH_SIZE_REACHED) == is_full
    assert (found.again_in_seconds is not None) == (is_full or (pending > 0 and max_wait is not None))
    assert found.again_in_seconds is None or found.again_in_seconds > 0
