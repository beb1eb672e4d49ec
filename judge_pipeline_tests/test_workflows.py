"""GitHub's workflows: pinned actions, every supported Python, targets that exist."""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import yaml

from judge_pipeline_tests.docs.pages import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


@each_workflow
def test_actions_are_pinned_by_commit_and_say_their_version(workflow: Any) -> None:
    text = workflow.read_text(encoding="utf-8")
    actions = re.findall(r"uses: (\S+)(.*)", text)
    assert actions
    assert [action for action, _ in actions if not PINNED.fullmatch(action)] == []
    assert [action for action, version in actions if not re.fullmatch(r" # v\d+\.\d+\.\d+", version)] == []


def test_one_action_has_one_version() -> None:
    found = sorted({action for path in WORKFLOWS for action in re.findall(r"uses: (\S+)", path.read_text("utf-8"))})
    assert [pair for pair in pairwise(found) if pair[0].partition("@")[0] == pair[1].partition("@")[0]] == []


@each_workflow
def test_a_workflow_may_read_only_and_each_job_ends(workflow: Any) -> None:
    content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert content["permissions"] == {"contents": "read"}
    assert [name for name, job in content["jobs"].items() if "timeout-minutes" not in job] == []


def test_the_tests_run_on_every_supported_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = [name for each in project["classifiers"] if re.match(r"3\.\d", name := each.rpartition(" ")[2])]
    (tests,) = [path for path in WORKFLOWS if path.stem == "tests"]
    jobs = yaml.safe_load(tests.read_text(encoding="utf-8"))["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == supported
    oldest, newest = supported[0], supported[-1]
    assert project["requires-python"] == f">={oldest},<3.{int(newest.partition('.')[2]) + 1}"


def test_the_make_targets_of_workflows_and_of_the_devcontainer_exist() -> None:
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(_made()) <= targets


def _made() -> Iterator[str]:
    for path in (*WORKFLOWS, ROOT / ".devcontainer" / "devcontainer.json", ROOT / ".ci" / "run"):
        yield from re.findall(r"\bmake ([\w./-]+)", path.read_text(encoding="utf-8"))
