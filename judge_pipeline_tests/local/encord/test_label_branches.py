"""Labels are copied from one branch to another, and changed there independently."""

from pathlib import Path

from encord import Project
from encord.objects.ontology_labels_impl import LabelRowV2

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject


def answered_rows(seed: SeedProject, photographs: list[Path]) -> tuple[Project, list[LabelRowV2]]:
    """Two images, each with an answer."""
    seed.add_images(photographs[:2])
    project = seed.project()
    rows = project.list_label_rows_v2()
    for row in rows:
        row.initialise_labels()
        answer(row, "Final Choice", "LLM-8B")
        row.save()
    return project, rows


def titles(project: Project, branch: str) -> list[list[str]]:
    """The labels of each image on a branch."""
    rows = project.list_label_rows_v2(branch_name=branch)
    for row in rows:
        row.initialise_labels()
    return [[found.classification_name for found in row.get_classification_instances()] for row in rows]


def test_labels_are_copied_to_an_independent_branch(seed: SeedProject, photographs: list[Path], tmp_path: Path) -> None:
    project, rows = answered_rows(seed, photographs)
    add_texts(seed, tmp_path, 1)
    assert project.copy_labels_to_branch("second", batch_size=1) == 2
    copies = project.list_label_rows_v2(branch_name="second")
    assert {row.label_hash for row in copies}.isdisjoint({row.label_hash for row in rows})
    assert copies[2].label_hash is None
    assert titles(project, "second")[:2] == [["Final Choice"]] * 2
    copies[0].initialise_labels()
    answer(copies[0], "LLM Judge Choice", "LLM 8B")
    copies[0].save()
    assert titles(project, "second")[0] == ["Final Choice", "LLM Judge Choice"]
    assert titles(project, "main")[0] == ["Final Choice"]


def test_existing_labels_are_overwritten_only_on_request(seed: SeedProject, photographs: list[Path]) -> None:
    project, rows = answered_rows(seed, photographs)
    assert project.copy_labels_to_branch("second", data_hashes=[rows[0].data_hash]) == 1
    answer(rows[0], "LLM Judge Choice", "LLM 8B")
    rows[0].save()
    assert project.copy_labels_to_branch("second") == 1
    assert titles(project, "second") == [["Final Choice"], ["Final Choice"]]
    before = [row.label_hash for row in project.list_label_rows_v2(branch_name="second")]
    assert project.copy_labels_to_branch("second", overwrite=True, label_hashes=[str(rows[0].label_hash)]) == 1
    assert titles(project, "second") == [["Final Choice", "LLM Judge Choice"], ["Final Choice"]]
    assert [row.label_hash for row in project.list_label_rows_v2(branch_name="second")] == before
