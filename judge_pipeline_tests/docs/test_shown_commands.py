"""What a page tells the reader to type exists: make targets, commands with their options, variables."""

import re
from functools import cache

import dagster as dg
import pytest
import typer.main
from typer.core import TyperGroup, TyperOption

from judge_pipeline.automation.code_location import code_location
from judge_pipeline.cli import app
from judge_pipeline_tests.docs.pages import ROOT, Shown, shown_commands
from judge_pipeline_tests.docs.settings_page import settings_page

NOT_OURS = {"ARGS", "DAGSTER_HOME", "PYTHON"}
"""Variables of Dagster and of the Makefile."""


def _ids(shown: Shown) -> str:
    return str(shown)


def test_the_pages_show_commands() -> None:
    programs = {shown.words[0] for shown in shown_commands() if shown.words}
    assert {"make", "judge-pipeline"} <= programs


@pytest.mark.parametrize("shown", [s for s in shown_commands() if s.words[:1] == ("make",)], ids=_ids)
def test_a_make_target_that_a_page_shows_exists(shown: Shown) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(shown.words[1:]) <= set(targets)


@cache
def known_options() -> dict[str, set[str]]:
    """By command."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {
        name: {opt for option in command.params if isinstance(option, TyperOption) for opt in option.opts} | {"--help"}
        for name, command in group.commands.items()
    }


@cache
def known_settings() -> set[str]:
    return set(re.findall(r"^\| `([A-Z0-9_]+)` ", settings_page(), re.MULTILINE))


@pytest.mark.parametrize("shown", [s for s in shown_commands() if s.words[:1] == ("judge-pipeline",)], ids=_ids)
def test_a_command_that_a_page_shows_exists_with_its_options(shown: Shown) -> None:
    assert {word for word in shown.words[2:] if word.startswith("-")} <= known_options()[shown.words[1]]


@pytest.mark.parametrize(
    "shown",
    [s for s in shown_commands() if s.words[:1] == ("dagster",) and s.words[1] in {"schedule", "sensor"}],
    ids=_ids,
)
def test_a_sensor_or_schedule_that_a_page_shows_exists(shown: Shown) -> None:
    definitions = code_location(dg.ResourceDefinition.none_resource(), batch_size=1)
    known = {"sensor": definitions.sensors, "schedule": definitions.schedules}[shown.words[1]]
    assert shown.words[3] in {each.name for each in known or ()}


@pytest.mark.parametrize("shown", [s for s in shown_commands() if s.variables], ids=_ids)
def test_a_variable_that_a_page_sets_is_a_setting(shown: Shown) -> None:
    of_a_panel = {variable: re.sub("^JUDGE__PANEL__[A-Z]+__", "JUDGE__", variable) for variable in shown.variables}
    assert set(of_a_panel.values()) <= known_settings() | NOT_OURS
