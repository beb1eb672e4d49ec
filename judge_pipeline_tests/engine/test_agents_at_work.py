"""Runs and another team's `encord-agents` runner work on one project at the same time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from judge_pipeline_tests.engine.encord_state import encord_state, finished, label_rows
from judge_pipeline_tests.engine.people import reject, send, text_title
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.engine.workflows import agent, seed_stages, trial_with
from judge_pipeline_tests.local.encord.agents.conftest import PROGRAMS
from judge_pipeline_tests.processes import wait_until

COLOURS = ("red", "green", "blue")
THEIRS = {"Sort", "Enrich"}
STAGES = [
    agent("Sort", ("Sorted", "LLM1")),
    *seed_stages(
        LLM2=agent("LLM2", ("Second caption", "Enrich")),
        Human_Review={"title": "Human Review", "kind": "review", "approve": "Complete", "reject": "LLM1"},
    ),
    agent("Enrich", ("Enriched", "LLM as Judge")),
]


@contextmanager
def neighbours_at_work(trial: Trial, folder: Path) -> Iterator[None]:
    """The other team's program, which looks for tasks every second."""
    key_file = folder / "key"
    key_file.write_text(trial.seed.server.private_key_text)
    program = [sys.executable, str(PROGRAMS / "neighbours.py"), "--project-hash", trial.seed.project_hash]
    environment = os.environ | {"ENCORD_DOMAIN": trial.seed.server.url, "ENCORD_SSH_KEY_FILE": str(key_file)}
    with (folder / "neighbours.log").open("w") as log:
        process = subprocess.Popen([*program, "--refresh-every", "1"], env=environment, stdout=log, stderr=log)
        try:
            yield
            assert process.poll() is None, (folder / "neighbours.log").read_text()
        finally:
            process.kill()
            process.wait()


def stages(trial: Trial) -> set[str]:
    """The stages of all rows."""
    rows = trial.seed.project().list_label_rows_v2()
    return {row.workflow_graph_node.title for row in rows if row.workflow_graph_node}


def run_until_reviewed(trial: Trial) -> None:
    """Runs again whenever the other team has passed rows on."""
    for _ in range(8):
        assert trial.materialize().success
        assert trial.failed() == set()
        wait_until(lambda: not THEIRS & stages(trial), seconds=60)
        if stages(trial) == {"Human Review"}:
            return
    raise AssertionError(stages(trial))


@pytest.mark.slow
def test_images_go_through_both_teams_stages_and_through_again_when_they_are_sent_back(
    trial: Trial, tmp_path: Path
) -> None:
    """The other team's metadata and choices stay; nothing is paid twice."""
    trial = trial_with(trial, STAGES)
    trial.add(*COLOURS)
    with neighbours_at_work(trial, tmp_path):
        run_until_reviewed(trial)
        expected = finished(*COLOURS)
        for colour in COLOURS:
            expected[colour]["labels"]["Final Choice"] = {"Final Choice": "LLM-8B"}
        assert encord_state(trial.seed) == expected
        assert len(trial.models.calls) == 4 * len(COLOURS)

        reject(trial, "red")
        send(trial, text_title(trial, "green", "Text_8B"), "LLM1")
        run_until_reviewed(trial)
        assert encord_state(trial.seed) == expected
        assert len(trial.models.calls) == 4 * len(COLOURS)
    metadata = [row.client_metadata or {} for row in label_rows(trial.seed)]
    assert {each["Team"] for each in metadata} == {"sorted"}
    assert {each["Tag"] for each in metadata} == set(trial.tags.values())
