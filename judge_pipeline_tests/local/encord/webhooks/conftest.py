"""An agent and its webhooks."""

import time
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from judge_pipeline_tests.local.encord.webhooks.receiver import PATIENCE_SECONDS, SECRET, Receiver, running_receiver
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import LocalEncord


@pytest.fixture
def server(server: LocalEncord) -> Iterator[LocalEncord]:
    """Webhooks of all users are listed, so none may be left for the next test."""
    yield server
    server.control("DELETE", "webhooks")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


class Register(Protocol):
    """Registers a webhook of the seed project, with defaults for fast tests."""

    def __call__(self, kind: str, *, stage: str = "LLM1", **settings: Any) -> str: ...


@pytest.fixture
def register(seed: SeedProject, receiver: Receiver) -> Register:
    def registered(kind: str, *, stage: str = "LLM1", **settings: Any) -> str:
        webhook = {
            "project_hash": seed.project_hash,
            "stage": stage,
            "kind": kind,
            "url": receiver.url,
            "secret": SECRET,
        }
        return str(
            seed.server.control("POST", "webhooks", json=webhook | {"backoff_seconds": 0.01} | settings).json()["uuid"]
        )

    return registered


def settled(seed: SeedProject) -> dict[str, Any]:
    """The report of the only webhook, once no delivery is pending."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        (report,) = seed.server.control("GET", "webhooks").json()
        made = [delivery["attempts"] for delivery in report["deliveries"]]
        if made and all(made) and not report["counts"]["pending"]:
            return dict(report)
        assert time.monotonic() < deadline, f"still pending: {report}"
        time.sleep(0.02)
