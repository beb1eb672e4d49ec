"""A store and local models that answer in batches; a run notes questions, submits them and is over."""

import asyncio
import base64
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from PIL import Image
from pydantic import SecretStr

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.model_batches.collection import Look, collect
from judge_pipeline.engine.model_batches.recovery import Recovered, recover
from judge_pipeline.engine.model_batches.submission import Submission, file_rules, submit
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.models.exchange import Outcome
from judge_pipeline.models.model_batches.spool import Spool, SpoolPart, run_folder
from judge_pipeline.models.model_batches.stored_outcome import outcome_from_json
from judge_pipeline.store.model_batches import ModelBatch
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.questions import NotedQuestion, StoredQuestion
from judge_pipeline.store.store import ProjectStore, Store

KEY = "sk-canary-1234567890abcdef"
QUICK = RetryPolicy(waits_seconds=(0.01, 0.02, 0.04), total_seconds=30.0)
ANSWERED, NOTED, SUBMITTED = QuestionState.ANSWERED, QuestionState.NOTED, QuestionState.SUBMITTED


def dot(*, size: int = 0) -> str:
    """The smallest useful picture as a data URI of at least so many characters; what follows a PNG's end is ignored."""
    file = BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    padded = file.getvalue().ljust(size * 3 // 4, b"x")
    return f"data:image/png;base64,{base64.b64encode(padded).decode()}"


DOT = dot()


def body(text: str, *, picture: str = DOT) -> dict[str, Any]:
    content = [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": text}]
    return {"model": "measured-brief", "messages": [{"role": "user", "content": content}], "max_tokens": 50}


@dataclass
class BatchTrial:
    """`url` is the server's, without `/v1`."""

    url: str
    folder: Path
    endpoint_settings: dict[str, Any] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # a key of its own: other tests' batches on the same server belong to other keys
        self.endpoint = Endpoint(
            **{
                "name": "LLM1",
                "base_url": f"{self.url}/v1",
                "model": "measured-brief",
                "api_key": SecretStr(f"{KEY}{uuid4().hex}"),
                "price": Price(1.0, 2.0),
                **self.endpoint_settings,
            }
        )
        self.store: ProjectStore = Store.open(self.database_url).project("project")

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'store.sqlite3'}"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    # the server

    def control(self, method: str, path: str, json: object = None) -> Any:
        response = requests.request(method, f"{self.url}/_local/{path}", json=json, timeout=10)
        response.raise_for_status()
        return response.json() if response.content else None

    def fault(self, kind: str, **settings: Any) -> None:
        self.control("POST", "faults", {"kind": kind, **settings})

    def settings(self, **settings: Any) -> None:
        self.control("PATCH", "batch-settings", settings)

    def answered_lines(self) -> int:
        """How many lines of batches the models have answered."""
        calls: int = self.control("GET", "stats")["batch"]["calls"]
        return calls

    def listed(self, what: str) -> list[dict[str, Any]]:
        """The batches or files at the server."""
        key = self.endpoint.api_key.get_secret_value()
        response = requests.get(f"{self.url}/v1/{what}", headers={"Authorization": f"Bearer {key}"}, timeout=10)
        data: list[dict[str, Any]] = response.json()["data"]
        return data

    # the pipeline

    def note(self, ids: Iterable[str], *, run: str = "run", picture: str = DOT) -> list[SpoolPart]:
        """Notes questions about a picture and writes them down; returns the closed parts."""
        ids = list(ids)
        endpoint = self.endpoint
        self.store.questions.note(
            run,
            [
                NotedQuestion(id_, id_, endpoint.name, endpoint.base_url, endpoint.model, "images", Tag(id_), 0.5)
                for id_ in ids
            ],
        )
        spool = Spool(run_folder(self.spool, run), endpoint, rules=file_rules(self.store, endpoint))
        parts = [part for id_ in ids if (part := spool.append(id_, body(f"Describe {id_}.", picture=picture)))]
        return [*parts, *([last] if (last := spool.close()) else [])]

    def submit(self, parts: Sequence[SpoolPart], *, run: str = "run") -> list[Submission]:
        async def all_of_them() -> list[Submission]:
            return [
                await submit(part, endpoint=self.endpoint, store=self.store, run=run, retry_policy=QUICK)
                for part in parts
            ]

        return asyncio.run(all_of_them())

    def ask(self, *ids: str, run: str = "run") -> list[Submission]:
        """Notes and submits questions."""
        return self.submit(self.note(ids, run=run), run=run)

    def collect(self, *endpoints: Endpoint) -> list[Look]:
        return asyncio.run(collect(self.store, endpoints or [self.endpoint]))

    def collect_all(self) -> list[Look]:
        """Polls until no batch is under way any more; returns the looks at those that ended meanwhile."""
        ended: list[Look] = []
        deadline = time.monotonic() + 60
        while True:
            looks = self.collect()
            ended += [look for look in looks if look.batch.collected_at or look.batch.state == "failed"]
            if not self.store.model_batches.unfinished():
                return ended
            assert time.monotonic() < deadline, looks
            time.sleep(0.01)

    def recover(self, now: datetime | None = None) -> Recovered:
        return asyncio.run(
            recover(self.store, [self.endpoint], spool=self.spool, is_over=lambda run: run not in self.alive, now=now)
        )

    def question(self, id_: str) -> StoredQuestion:
        return self.store.questions.find([id_])[id_]

    def state(self, id_: str) -> tuple[QuestionState, int]:
        """The question's state, and the number of batches that gave no answer to it."""
        question = self.question(id_)
        return question.state, question.attempts

    def outcome(self, id_: str) -> Outcome:
        return self.outcome_of(self.question(id_))

    @staticmethod
    def outcome_of(question: StoredQuestion) -> Outcome:
        assert question.outcome is not None, question
        return outcome_from_json(question.outcome)

    def batch(self) -> ModelBatch:
        """The latest batch."""
        return self.store.model_batches.all()[0]

    def spooled_files(self) -> list[Path]:
        return [path for path in self.spool.rglob("*") if path.is_file()]
