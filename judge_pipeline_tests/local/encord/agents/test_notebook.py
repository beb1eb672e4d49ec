"""The judge notebook runs here as on Encord, until everything is in Human Review."""

from pathlib import Path

import pytest
from encord.constants.enums import DataType
from encord.workflow.stages.review import ReviewStage

from judge_pipeline_tests.local.encord.agents.conftest import Program
from judge_pipeline_tests.seed_project import SeedProject


@pytest.mark.slow
def test_the_notebook_brings_every_image_and_caption_to_human_review(
    seed: SeedProject, photographs: list[Path], run_program: Program
) -> None:
    """Users of the notebook only change its address and key."""
    seed.add_images(photographs)
    run = run_program("notebook", seed.project_hash)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Agent failed" not in run.stderr

    project = seed.project()
    review = project.workflow.get_stage(name="Human Review", type_=ReviewStage)
    assert len(list(review.get_tasks())) == 3 * len(photographs)
    rows = project.list_label_rows_v2(include_client_metadata=True)
    assert {row.workflow_graph_node.title for row in rows if row.workflow_graph_node} == {"Human Review"}
    groups = sorted((str((row.client_metadata or {})["Tag"]), (row.client_metadata or {})["Data Type"]) for row in rows)
    assert [kind for _, kind in groups] == ["Image", "Text_16B", "Text_8B"] * len(photographs)
    assert len({tag for tag, _ in groups}) == len(photographs)
    hashes = [str(row.label_hash) for row in rows if row.data_type == DataType.IMAGE]
    answers = project.get_label_classifications([*hashes])
    assert [len(entry.classification_answers) for entry in answers] == [3, 3, 3]
