"""The request sent for a question, and the answer made from its response."""

import asyncio
import subprocess
import sys
from collections.abc import Callable

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import KEY, PLAIN, SCHEMA, SYSTEM, TEXT, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubServer, completion
from judge_pipeline_tests.servers import UNREACHABLE_URL


def test_a_question_is_sent_with_its_image_before_its_text(ask: Ask, stub: StubServer, image: PreparedImage) -> None:
    ask(PLAIN)
    assert stub.bodies == [
        {
            "model": "stub",
            "messages": [
                {"role": "system", "content": SYSTEM},
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": image.data_uri}},
                        {"type": "text", "text": TEXT},
                    ],
                },
            ],
            "max_tokens": 50,
        }
    ]
    assert stub.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_answer_has_its_unchanged_text_tokens_cost_and_time(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion("  A cat.\n"))
    (answer,) = ask(price=Price(input_usd=2.0, output_usd=10.0))
    assert answer.text == "  A cat.\n"
    assert answer.model == "stub-2026"
    assert answer.usage == Usage(100, 20)
    assert answer.cost_usd == pytest.approx(0.0004)
    assert 0 < answer.seconds < 10


def test_unknown_tokens_and_unknown_price_are_none(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(completion(usage=None))
    (answer,) = ask(price=Price(1.0, 1.0))
    assert (answer.usage, answer.cost_usd) == (Usage(None, None), None)
    assert ask()[0].cost_usd is None


def test_the_turns_of_a_repair_round_follow_the_question(ask: Ask, stub: StubServer) -> None:
    ask(PLAIN.repaired(answer="Cat", problems=["too short"]))
    roles = [message["role"] for message in stub.bodies[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "too short" in stub.bodies[0]["messages"][-1]["content"]


def test_a_schema_is_sent_strict_and_by_its_name(ask: Ask, stub: StubServer) -> None:
    ask(WITH_SCHEMA)
    wanted = {"type": "json_schema", "json_schema": {"name": "judgement", "strict": True, "schema": SCHEMA}}
    assert stub.bodies[0]["response_format"] == wanted


def test_temperature_is_sent_only_when_it_is_set(ask: Ask, stub: StubServer) -> None:
    ask()
    ask(temperature=0.0)
    assert ["temperature" in body for body in stub.bodies] == [False, True]


def test_openai_settings_in_the_environment_are_not_sent_to_other_servers(
    ask: Ask, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "leaked-key")
    monkeypatch.setenv("OPENAI_ORG_ID", "leaked-organisation")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "leaked-project")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{UNREACHABLE_URL}/leaked")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Custom: leaked\nAuthorization: Bearer leaked")
    ask()
    assert "leaked" not in str(stub.requests[0].headers)


def test_a_server_without_keys_is_asked_with_a_placeholder(
    ask: Ask, stub: StubServer, endpoint: Callable[..., Endpoint]
) -> None:
    from pydantic import SecretStr

    ask(api_key=SecretStr(""))
    assert stub.requests[0].headers["authorization"] == "Bearer EMPTY"


def test_no_more_questions_than_the_concurrency_are_in_flight(
    stub: StubServer, endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    def slowly(_: object) -> object:
        reply = completion()
        reply.delay_seconds = 0.02
        return reply

    stub.rule = slowly  # type: ignore[assignment]

    async def forty() -> None:
        async with ModelClient(endpoint(concurrency=5)) as client:
            await asyncio.gather(*(client.ask(PLAIN, image) for _ in range(40)))

    asyncio.run(forty())
    assert stub.most_at_once == 5
    assert len(stub.bodies) == 40


def test_a_question_keeps_its_slot_until_its_answer_is_saved(
    stub: StubServer, endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    """So a killed run pays again for at most five answers, however slow the store is."""
    saved: list[ModelAnswer] = []
    unsaved: list[int] = []

    async def save(answer: ModelAnswer) -> None:
        await asyncio.sleep(0.01)
        unsaved.append(len(stub.bodies) - len(saved))
        saved.append(answer)

    async def twenty() -> None:
        async with ModelClient(endpoint(concurrency=5)) as client:
            await asyncio.gather(*(client.ask(PLAIN, image, save=save) for _ in range(20)))

    asyncio.run(twenty())
    assert len(saved) == 20
    assert max(unsaved) == 5


def test_a_repeated_question_needs_only_one_slot(
    stub: StubServer, endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    stub.replies.append(completion("A c", finish_reason="length"))

    async def one() -> str:
        async with asyncio.timeout(20), ModelClient(endpoint(concurrency=1)) as client:
            return (await client.ask(PLAIN, image)).text

    assert asyncio.run(one()) == "A cat."


def test_one_client_serves_one_run_after_another(endpoint: Callable[..., Endpoint], image: PreparedImage) -> None:
    """Every Dagster run has its own event loop."""
    client = ModelClient(endpoint())

    async def once() -> str:
        async with client:
            return (await client.ask(PLAIN, image)).text

    assert [asyncio.run(once()) for _ in range(3)] == ["A cat."] * 3


def test_a_client_outside_async_with_says_so(endpoint: Callable[..., Endpoint], image: PreparedImage) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(ModelClient(endpoint()).ask(PLAIN, image))


def test_the_sdk_is_imported_when_a_client_opens_and_not_before() -> None:
    """Importing it takes most of a second, and Dagster loads the code location often."""
    code = "import sys, judge_pipeline.models.model_client; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
