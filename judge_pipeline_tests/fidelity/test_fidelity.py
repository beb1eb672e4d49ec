"""The page about the local Encord's fidelity is generated, current and complete."""

import ast
from pathlib import Path

import pytest

from judge_pipeline.local.encord.options import Options
from judge_pipeline_tests.fidelity.assumptions import ASSUMPTIONS
from judge_pipeline_tests.fidelity.observing import observe, page_of
from judge_pipeline_tests.fidelity.page import left_out

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "fidelity.md"

EVERY = [assumption for assumptions in ASSUMPTIONS.values() for assumption in assumptions]


@pytest.mark.slow
def test_the_page_is_what_the_sdk_and_the_server_make_it(tmp_path: Path) -> None:
    """A new method of the SDK, or a changed behaviour of the server, fails here until someone has checked it."""
    shown = observe(tmp_path)
    assert left_out(shown) == [], "give each of these a demonstration"
    generated = page_of(shown, tmp_path)
    assert generated == PAGE.read_text(), "run `python -m judge_pipeline_tests.fidelity > docs/fidelity.md`"


@pytest.mark.parametrize("test", [test for assumption in EVERY for test in assumption.tests])
def test_a_test_that_the_page_names_exists(test: str) -> None:
    file, _, name = test.partition("::")
    functions = {
        node.name for node in ast.walk(ast.parse((TESTS / file).read_text())) if isinstance(node, ast.FunctionDef)
    }
    assert name in functions


def test_every_option_answers_one_question() -> None:
    """All except the latency, which imitates distance."""
    named = [assumption.option for assumption in EVERY if assumption.option]
    assert sorted(named) == sorted(Options.model_fields.keys() - {"latency_seconds"})
