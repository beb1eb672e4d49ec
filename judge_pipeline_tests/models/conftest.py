import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from judge_pipeline.domain.model_answer import ModelAnswer, Question
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import MODEL_RETRIES
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline_tests.certificates import single_ca_file
from judge_pipeline_tests.models.stub_server import StubServer
from judge_pipeline_tests.servers import serve

PHOTOGRAPHS = Path(__file__).parents[2] / "judge_pipeline" / "local" / "pair" / "photographs"
KEY = "sk-canary-1234567890abcdef"
SYSTEM = "You describe photographs in plain words."
TEXT = "Describe the photograph in one sentence of at most twenty words."
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": False}

PLAIN = Question(system=SYSTEM, text=TEXT, max_tokens=50)
WITH_SCHEMA = Question(system=SYSTEM, text=TEXT, max_tokens=50, schema=SCHEMA, schema_name="judgement")
QUICK = replace(MODEL_RETRIES, waits_seconds=(0.01, 0.02, 0.04, 0.08, 0.16))


@pytest.fixture(autouse=True, scope="session")
def quick_clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(single_ca_file(tmp_path_factory.mktemp("certificates"))))
        yield


class SharedServer:
    """One server for all tests; passes each request to the stub of the current test."""

    stub = StubServer()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.stub(scope, receive, send)


@pytest.fixture(scope="session")
def reception() -> Iterator[tuple[SharedServer, str]]:
    reception = SharedServer()
    with serve(reception) as address:
        yield reception, f"{address}/v1"


@pytest.fixture
def stub(reception: tuple[SharedServer, str]) -> StubServer:
    reception[0].stub = StubServer()
    return reception[0].stub


@pytest.fixture
def url(stub: StubServer, reception: tuple[SharedServer, str]) -> str:
    """The stub's base_url."""
    return reception[1]


@pytest.fixture
def endpoint(url: str) -> Callable[..., Endpoint]:
    """Endpoints of the stub."""

    def make(**settings: Any) -> Endpoint:
        return Endpoint(**{"name": "LLM1", "base_url": url, "model": "stub", "api_key": SecretStr(KEY), **settings})

    return make


@pytest.fixture(scope="session")
def photograph() -> bytes:
    return (PHOTOGRAPHS / "cat.jpg").read_bytes()


@pytest.fixture(scope="session")
def image(photograph: bytes) -> PreparedImage:
    return prepare_image(photograph)


Ask = Callable[..., list[ModelAnswer]]


@pytest.fixture
def ask(endpoint: Callable[..., Endpoint], image: PreparedImage) -> Ask:
    """Asks the stub these questions, one after the other through one client."""

    def ask(
        *questions: Question,
        retry_policy: RetryPolicy = QUICK,
        spending_limits: SpendingLimits | None = None,
        **settings: Any,
    ) -> list[ModelAnswer]:
        async def all_of_them() -> list[ModelAnswer]:
            async with ModelClient(
                endpoint(**settings), spending_limits=spending_limits, retry_policy=retry_policy
            ) as client:
                return [await client.ask(question, image) for question in questions or (PLAIN,)]

        return asyncio.run(all_of_them())

    return ask


@pytest.fixture
def check(endpoint: Callable[..., Endpoint]) -> Callable[..., str]:
    """Checks the stub; returns what could not be checked."""

    def check(*, must_be_listed: bool = False, **settings: Any) -> str:
        async def once() -> str:
            async with ModelClient(endpoint(**settings)) as client:
                return await client.check(must_be_listed=must_be_listed)

        return asyncio.run(once())

    return check
