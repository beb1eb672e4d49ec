"""The queue runner: tasks queued by one process and processed by another."""

import json
from pathlib import Path

import pytest
from encord.workflow import AgentStage

from judge_pipeline_tests.local.encord.agents.conftest import Program
from judge_pipeline_tests.local.encord.agents.test_sequential_runner import add_titles, stage_by_title
from judge_pipeline_tests.seed_project import SeedProject

pytestmark = pytest.mark.slow

TITLES = ("a.txt", "raises.txt", "gone.txt", "b.txt", "c.txt")


def test_tasks_are_processed_in_another_process(seed: SeedProject, tmp_path: Path, run_program: Program) -> None:
    """Each outcome is distinguished: done, raised, moved by someone else; and two tasks that are queued together."""
    add_titles(seed, tmp_path, *TITLES)
    queue = tmp_path / "queue.jsonl"
    filled = run_program("queued", "fill", seed.project_hash, queue)
    assert filled.returncode == 0, filled.stdout + filled.stderr
    specs = [json.loads(line) for line in queue.read_text().splitlines()]
    assert [spec["data_title"] for spec in specs] == list(TITLES)

    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    next(task for task in stage.get_tasks() if task.data_title == "gone.txt").proceed("First caption")

    worked = run_program("queued", "work", seed.project_hash, queue)
    assert worked.returncode == 0, worked.stdout + worked.stderr
    done, raised, gone, together = [json.loads(line) for line in worked.stdout.splitlines()]
    pathway = str(stage.pathways[0].uuid)
    assert (done["success"], done["pathway"], done["error"]) == (True, pathway, None)
    assert raised["success"] is False
    assert "this one cannot be done" in raised["error"]
    assert (gone["success"], gone["pathway"]) == (False, None)
    assert together["success"] == together["task_uuid"] == [specs[3]["uuid"], specs[4]["uuid"]]
    assert together["pathway"] == [pathway, pathway]
    assert stage_by_title(seed) == {title: "LLM1" if title == "raises.txt" else "LLM2" for title in TITLES}
