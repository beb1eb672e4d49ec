"""The sequential runner: batches through all stages, and failing functions and moves."""

from collections import Counter
from pathlib import Path

import pytest

from judge_pipeline_tests.local.encord.agents.conftest import Program
from judge_pipeline_tests.local.encord.captions import add_texts, upload_texts
from judge_pipeline_tests.seed_project import SeedProject

pytestmark = pytest.mark.slow


def add_titles(seed: SeedProject, tmp_path: Path, *titles: str) -> None:
    client = seed.client()
    items = upload_texts(client.get_storage_folder(seed.folder_uuid), tmp_path, dict.fromkeys(titles, "a caption"))
    client.get_dataset(seed.dataset_hash, include_data_rows=False).link_items(items)


def stage_by_title(seed: SeedProject) -> dict[str, str]:
    rows = seed.project().list_label_rows_v2()
    return {row.data_title: row.workflow_graph_node.title for row in rows if row.workflow_graph_node}


def test_rows_go_through_all_stages_with_what_the_functions_wrote(
    seed: SeedProject, photographs: list[Path], tmp_path: Path, run_program: Program
) -> None:
    seed.add_images(photographs)
    add_texts(seed, tmp_path, 4)
    seed.server.control("DELETE", "stats")
    run = run_program("three_stages", "--project-hash", seed.project_hash, "--task-batch-size", 3)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Agent failed" not in run.stderr
    assert set(stage_by_title(seed).values()) == {"Human Review"}

    by_operation = seed.server.control("GET", "stats").json()["by_operation"]
    assert by_operation["POST storage/items/get-bulk"] == 3, (
        "seven tasks in batches of three, for the one stage that reads items"
    )
    assert by_operation["POST projects/{project}/workflow/stages/{stage}/actions"] == 9, (
        "a list a batch, in three stages"
    )

    rows = seed.project().list_label_rows_v2(include_client_metadata=True)
    seen = {row.data_title: (row.client_metadata or {})["seen"] for row in rows}
    for path in photographs:
        assert seen[path.name]["bytes"] == path.stat().st_size
        assert seen[path.name]["folder"] == "Photographs"
    images = [row for row in rows if row.data_title.endswith(".jpg")]
    for row in images:
        row.initialise_labels()
        assert [found.classification_name for found in row.get_classification_instances()] == ["LLM Judge Choice"]
    assert {row.priority for row in images} == {0.75}
    assert {row.priority for row in rows if row not in images} == {0.5}


def test_a_function_that_raises_keeps_only_its_own_task(
    seed: SeedProject, tmp_path: Path, run_program: Program
) -> None:
    """The library tries four times, continues with the others, and exits as if all had succeeded."""
    add_titles(seed, tmp_path, "passes.txt", "raises.txt", "stays.txt", "passes too.txt")
    calls = tmp_path / "calls"
    run = run_program("stumbling", "--project-hash", seed.project_hash, CALLS=calls)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "this one cannot be done" in run.stderr
    assert Counter(calls.read_text().splitlines()) == Counter(
        {"passes.txt": 1, "raises.txt": 4, "stays.txt": 1, "passes too.txt": 1}
    )
    assert stage_by_title(seed) == {
        "passes.txt": "LLM2",
        "raises.txt": "LLM1",
        "stays.txt": "LLM1",
        "passes too.txt": "LLM2",
    }


def test_a_task_advanced_by_someone_else_does_not_strand_its_batch(
    seed: SeedProject, tmp_path: Path, run_program: Program
) -> None:
    add_titles(seed, tmp_path, "a.txt", "b.txt", "c.txt")
    seed.server.control("DELETE", "stats")
    run = run_program("overtaken", "--project-hash", seed.project_hash, OVERTAKEN="b.txt")
    assert run.returncode == 0, run.stdout + run.stderr
    assert stage_by_title(seed) == {"a.txt": "LLM2", "b.txt": "LLM2", "c.txt": "LLM2"}
    actions = [entry for entry in seed.server.control("GET", "log").json() if entry["operation"].endswith("/actions")]
    assert [entry["status"] for entry in actions] == [200, 400, 200, 400, 200], "overtaken, refused, then one by one"
