"""A running agent and its dependencies: a project of plain images, a stub model, and recorded Dagster runs."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from pydantic import SecretStr

from judge_pipeline.domain.tag import Tag
from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.agent import ANSWER_SECONDS, EditorAgent, Pipeline
from judge_pipeline.editor_agent.app import create_app
from judge_pipeline.editor_agent.dagster_runs import DagsterUnavailable, QueuedRun
from judge_pipeline.editor_agent.describer import open_describer
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.rejudger import Rejudger
from judge_pipeline.editor_agent.sensor_ticks import SensorTicks
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.encord_project.frames import FrameLabels
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, completion
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import serve

LOCAL = AccessPolicy(origins=("https://app.encord.com",), projects=())
CLASSIFICATION = "Description"
MODEL_KEY = "sk-canary-agent-0123456789"


def description(text: str) -> StubReply:
    """A model's answer in the requested format."""
    return completion(json.dumps({"description": text}))


@dataclass
class RecordedRuns:
    """Dagster as the agent sees it; records the agent's requests."""

    rejudged: list[Tag] = field(default_factory=list)
    ticks: int = 0
    is_reachable: bool = True

    def rejudge(self, tag: Tag) -> QueuedRun:
        if not self.is_reachable:
            raise DagsterUnavailable("Dagster at http://dagster.internal:3000 cannot be reached: ConnectionError")
        self.rejudged.append(tag)
        return QueuedRun("0f1d", "http://127.0.0.1:3000/runs/0f1d")

    def find_new_images(self) -> str:
        self.ticks += 1
        return "none"


@dataclass
class Harness:
    """An agent's dependencies in a test; `folder` holds its store."""

    seed: SeedProject
    models: StubServer
    models_url: str
    folder: Path
    runs: RecordedRuns = field(default_factory=RecordedRuns)

    @property
    def connection(self) -> Connection:
        return self.seed.connection

    @contextmanager
    def agent(
        self,
        policy: AccessPolicy = LOCAL,
        *,
        with_pipeline: bool = True,
        clicks_per_minute: int = 10_000,
        answer_seconds: float = ANSWER_SECONDS,
        concurrency: int = 16,
        domain: str | None = None,
    ) -> Iterator["Agent"]:
        """An agent on a free port, which calls Encord at `domain` if it is given."""

        @asynccontextmanager
        async def open_agent() -> AsyncIterator[EditorAgent]:
            endpoint = Endpoint(
                "AGENT",
                f"{self.models_url}/v1",
                "stub",
                api_key=SecretStr(MODEL_KEY),
                concurrency=concurrency,
                timeout_seconds=10,
            )
            connection = replace(self.connection, domain=domain) if domain else self.connection
            frames = FrameLabels(connection, classification=CLASSIFICATION)
            database_url = f"sqlite:///{self.folder / 'store.sqlite3'}"
            async with open_describer(frames, endpoint, database_url=database_url) as describer:
                pipeline = Pipeline(
                    self.seed.project_hash, Rejudger(self.connection, self.runs), SensorTicks(self.runs)
                )
                clock = iter(range(10**9)).__next__
                rate_limit = ClickRateLimit(per_minute=clicks_per_minute, clock=lambda: clock() / 1e6)
                agent = EditorAgent(
                    describer,
                    policy,
                    rate_limit,
                    pipeline=pipeline if with_pipeline else None,
                    answer_seconds=answer_seconds,
                )
                yield agent
                await agent.close()

        with serve(create_app(open_agent, policy)) as url:
            yield Agent(url, self.seed)

    def data_hash(self, title: str) -> str:
        """The data unit with this title."""
        return self._row(title).data_hash

    def answers(self, title: str, classification: str = CLASSIFICATION) -> list[Any]:
        """The answers on a data unit's frame 0, read through the SDK."""
        row = self._row(title)
        row.initialise_labels()
        instances = row.get_classification_instances(filter_frames=0)
        return [each.get_answer() for each in instances if each.classification_name == classification]

    def _row(self, title: str) -> Any:
        (row,) = self.seed.project().list_label_rows_v2(data_title_eq=title)
        return row


@dataclass(frozen=True)
class Agent:
    """An agent's address, and the requests that the editor sends."""

    url: str
    seed: SeedProject

    def click(self, data_hash: str, frame: int = 0, *, route: str = "", **headers: str) -> requests.Response:
        """The editor's button."""
        call = {"projectHash": self.seed.project_hash, "dataHash": data_hash, "frame": frame}
        return self.post(json.dumps(call).encode(), route=route, **headers)

    def post(self, body: bytes, *, route: str = "", **headers: str) -> requests.Response:
        """Any body; header names have `_` for `-`."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return requests.post(f"{self.url}/{route}", data=body, headers=sent, timeout=60)
