"""A model server in virtual time, asked through one caller."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.caller import Caller
from judge_pipeline.models.circuit_breaker import OUTAGE_SECONDS
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import MODEL_RETRIES, Failure, Outcome, Reply
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline_tests.models.conftest import PLAIN
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time

ENDPOINT = Endpoint("LLM1", "https://models.example/v1", "small", concurrency=16)
OVERLOADED = Failure(503, "overloaded")

Rule = Callable[[float, int], Failure | None]
"""The failure of a request, by its time of arrival and the number of its image; None means an answer."""


def numbered(number: int) -> PreparedImage:
    """An image identified by its number."""
    return PreparedImage(str(number).encode(), "image/jpeg", 64, 48, f"{number:064}", 64, 48, "JPEG")


@dataclass
class VirtualServer:
    """Answers after `answer_seconds`, fails after `failure_seconds`."""

    rule: Rule
    answer_seconds: float = 1.0
    failure_seconds: float = 0.1
    asked_at: list[float] = field(default_factory=list)
    now: int = 0
    most_at_once_by_second: dict[int, int] = field(default_factory=dict)

    async def complete(self, body: Mapping[str, Any]) -> Outcome:
        loop = asyncio.get_running_loop()
        arrived_at = loop.time()
        self.asked_at.append(arrived_at)
        self.now += 1
        second = int(arrived_at)
        self.most_at_once_by_second[second] = max(self.now, self.most_at_once_by_second.get(second, 0))
        failure = self.rule(arrived_at, _number(body))
        seconds = self.failure_seconds if failure else self.answer_seconds
        try:
            await asyncio.sleep(seconds)
        finally:
            self.now -= 1
        return failure or Reply("A cat.", "", "", "stop", "small", Usage(100, 20), seconds)


class Server(Protocol):
    """Anything that completes chats."""

    async def complete(self, body: Mapping[str, Any]) -> Outcome: ...


@dataclass(frozen=True)
class Results:
    """The outcome of each question, in the order of the images, and the time they took."""

    ends: list[Reply | BaseException]
    seconds: float

    @property
    def answered(self) -> int:
        return sum(isinstance(end, Reply) for end in self.ends)

    @property
    def failures(self) -> list[BaseException]:
        return [end for end in self.ends if isinstance(end, BaseException)]


def ask_about(
    images: int,
    server: Server,
    *,
    retry_policy: RetryPolicy = MODEL_RETRIES,
    spending_limits: SpendingLimits | None = None,
    endpoint: Endpoint = ENDPOINT,
    outage_seconds: float = OUTAGE_SECONDS,
) -> Results:
    """One question about each image, all at once."""

    async def ask_all() -> Results:
        caller = Caller(
            endpoint,
            Dialect.for_endpoint(endpoint),
            server.complete,
            retry_policy=retry_policy,
            outage_seconds=outage_seconds,
            spending_limits=spending_limits or SpendingLimits(),
        )

        async def ask(number: int) -> Reply:
            async with AsyncExitStack() as place:
                return await caller.reply(PLAIN, numbered(number), place)

        ends = await asyncio.gather(*map(ask, range(images)), return_exceptions=True)
        return Results(ends, asyncio.get_running_loop().time())

    return run_in_virtual_time(ask_all())


def _number(body: Mapping[str, Any]) -> int:
    return int(base64.b64decode(body["messages"][1]["content"][0]["image_url"]["url"].partition(",")[2]))
