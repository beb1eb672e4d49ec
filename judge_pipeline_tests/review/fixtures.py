"""Judged pictures waiting in Human Review, and sessions on them."""

from collections.abc import Iterator

import pytest

from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.judged import add_judged
from judge_pipeline_tests.review.reviewed import Reviewed

TWO = ("red", "green")
FOUR = ("red", "green", "blue", "yellow")


@pytest.fixture
def colours() -> tuple[str, ...]:
    """Which pictures wait; a module that needs more has its own."""
    return TWO


@pytest.fixture
def reviewed(trial: Trial, colours: tuple[str, ...]) -> Iterator[Reviewed]:
    """Pictures with two captions each; the judge prefers LLM 16B everywhere."""
    trial.begin_with(add_judged, *colours)
    reviewed = Reviewed(trial)
    yield reviewed
    reviewed.close()
