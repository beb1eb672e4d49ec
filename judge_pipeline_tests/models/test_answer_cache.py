"""A saved answer is found by its question, and only by that; fingerprints never change."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, UnusableAnswer, Usage
from judge_pipeline.models.ask import ask
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.images.treatments import Treatment, warning
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import PLAIN

FIRST = "6381f8388120987760abce0abe71468564f621f148b533e71da85a813982cb63"
REPAIRED = "7136a7ed5cd24e100c6e6a285ae13d69f660849601d9777177ffd054127ba040"
SECOND_GENERATION = "3529e58e9272d277f04cb0e3c9cfe127ef9400851bc332176549732efdc086a9"
THIRD_FRAME = "9f70e8f61557bcc2383bda55eaa1b2d92e87a2a9642663a08ec52ff0f3bfefb9"


class SavedAnswers:
    """Answers saved earlier, by fingerprint; records which are discarded."""

    def __init__(self, *fingerprints: str) -> None:
        self.saved = {each: ModelAnswer("A cat.", "stub", Usage(), 0.5) for each in fingerprints}
        self.discarded: list[tuple[str, str]] = []

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        return self.saved.get(fingerprint)

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        raise AssertionError(f"{fingerprint} was asked for {purpose}: {answer}")

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        self.discarded += [(each, reason) for each in fingerprints]


@pytest.fixture
def unopened() -> ModelClient:
    """A client that cannot ask any model."""
    return ModelClient(Endpoint("LLM1", "http://models.example/v1", "stub"))


@pytest.mark.parametrize(
    ("fingerprint", "occasion"),
    [
        (FIRST, {}),
        (SECOND_GENERATION, {"generation": 2}),
        (THIRD_FRAME, {"data_hash": "d", "frame": 3}),
    ],
)
def test_an_answer_paid_for_by_an_earlier_version_is_found(
    unopened: ModelClient, image: PreparedImage, fingerprint: str, occasion: Mapping[str, Any]
) -> None:
    """A changed fingerprint would make every user pay for every answer again."""
    question = ask(
        unopened, SavedAnswers(fingerprint), purpose="x", question=PLAIN, image=image, read=str.upper, occasion=occasion
    )
    asked = asyncio.run(question)
    assert (asked.value, asked.fingerprints, len(asked.answers)) == ("A CAT.", [fingerprint], 1)


def test_two_unusable_answers_are_discarded_together(unopened: ModelClient, image: PreparedImage) -> None:
    def read(text: str) -> str:
        raise UnusableAnswer(["too short"])

    cache = SavedAnswers(FIRST, REPAIRED)
    with pytest.raises(UnusableAnswer) as refused:
        asyncio.run(ask(unopened, cache, purpose="x", question=PLAIN, image=image, read=read, occasion={}))
    assert refused.value.text == "A cat."
    assert cache.discarded == [(FIRST, "too short"), (REPAIRED, "too short")]


def test_an_answer_about_other_pixels_is_not_reused(unopened: ModelClient, image: PreparedImage) -> None:
    """A finding that leaves the pixels alone costs nothing; pixels that are made otherwise now are asked about again."""
    noted = replace(image, treatments=(warning("uniform", "the picture is one colour"),))
    converted = replace(image, treatments=(Treatment("icc", "colours were converted to sRGB"),))
    for prepared, is_found in ((noted, True), (converted, False)):
        question = ask(
            unopened, SavedAnswers(FIRST), purpose="x", question=PLAIN, image=prepared, read=str, occasion={}
        )
        if is_found:
            assert asyncio.run(question).fingerprints == [FIRST]
        else:
            with pytest.raises(RuntimeError, match="async with"):
                asyncio.run(question)
