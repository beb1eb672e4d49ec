"""A webhook belongs to an agent stage and calls only this machine."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from judge_pipeline_tests.local.encord.webhooks.conftest import Register
from judge_pipeline_tests.local.encord.webhooks.receiver import SECRET
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import UNREACHABLE_URL


def post(seed: SeedProject, **changes: Any) -> requests.Response:
    webhook = {
        "project_hash": seed.project_hash,
        "stage": "LLM1",
        "url": f"{UNREACHABLE_URL}/hook",
        "secret": SECRET,
        "kind": "task_ready",
    }
    return requests.post(f"{seed.server.url}/_local/webhooks", json=webhook | changes, timeout=10)


def listed(seed: SeedProject) -> list[dict[str, Any]]:
    return list(seed.server.control("GET", "webhooks").json())


def test_only_addresses_of_this_machine_are_called(seed: SeedProject) -> None:
    for url in (
        "http://example.com/hook",
        "http://10.0.0.1/hook",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1@example.com/",
        "http://[::ffff:10.0.0.1]/",
        "http://127.0.0.1:99999/",
        "file:///etc/passwd",
        "127.0.0.1:8000",
        "http://[",
        "",
    ):
        assert post(seed, url=url).status_code == 422, url
    for url in ("http://localhost:8000/hook", "https://127.0.0.1/hook", "http://[::1]:8000/"):
        assert post(seed, url=url).status_code == 200, url


def test_the_stage_must_be_an_agent_stage(seed: SeedProject) -> None:
    for stage in ("Human Review", "llm1", str(uuid4())):
        refused = post(seed, stage=stage)
        assert refused.status_code == 400
        assert refused.json()["message"] == (
            f"the project has no agent stage {stage!r}; its agent stages are ['LLM1', 'LLM2', 'LLM as Judge']"
        )
    assert post(seed, project_hash=str(uuid4())).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "task_done"},
        {"secret": ""},
        {"timeout_seconds": 0},
        {"resend_seconds": 1e300},
        {"max_attempts": 0},
        {"retries": 3},
        {"kind": "custom_agent", "batch_size": 5},
        {"kind": "custom_agent", "resend_seconds": 5},
    ],
)
def test_a_meaningless_setting_is_refused(seed: SeedProject, changes: dict[str, Any]) -> None:
    assert post(seed, **changes).status_code == 422
    assert listed(seed) == []


def test_a_webhook_is_listed_without_its_secret(seed: SeedProject, register: Register) -> None:
    uuid = register("task_ready", stage="LLM2", resend_seconds=60)
    (webhook,) = listed(seed)
    assert (webhook["uuid"], webhook["stage"], webhook["resend_seconds"]) == (uuid, "LLM2", 60)
    assert (webhook["timeout_seconds"], webhook["max_attempts"], webhook["batch_size"]) == (180, 4, 1)
    assert webhook["deliveries"] == []
    assert SECRET not in str(webhook)


def test_registering_the_same_stage_and_kind_again_replaces_the_webhook(seed: SeedProject, register: Register) -> None:
    first = register("task_ready")
    assert register("task_ready", batch_size=7) == first
    assert register("custom_agent") != first
    assert [webhook["batch_size"] for webhook in listed(seed)] == [7, 1]


def test_webhooks_are_removed_one_by_one_or_all_at_once(seed: SeedProject, register: Register) -> None:
    uuids = [register("task_ready", stage=stage) for stage in ("LLM1", "LLM2", "LLM as Judge")]
    seed.server.control("DELETE", f"webhooks/{uuids[1]}")
    assert [webhook["uuid"] for webhook in listed(seed)] == [uuids[0], uuids[2]]
    again = requests.delete(f"{seed.server.url}/_local/webhooks/{uuids[1]}", timeout=10)
    assert again.status_code == 404
    assert seed.server.control("DELETE", "webhooks").json() == {"removed": 2}
    assert listed(seed) == []
