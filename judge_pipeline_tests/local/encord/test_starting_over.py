"""Rows can be captioned and labelled again: texts are removed completely, finished tasks return to earlier stages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from encord import Project
from encord.exceptions import AuthorisationError, InvalidArgumentsError
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.workflow import AgentStage, FinalStage, ReviewStage

from judge_pipeline_tests.local.encord.captions import add_texts, upload_texts
from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject

KINDS: dict[str, Any] = {"LLM1": AgentStage, "Human Review": ReviewStage, "Complete": FinalStage, "Archive": FinalStage}


def stage(project: Project, name: str) -> Any:
    return project.workflow.get_stage(name=name, type_=KINDS[name])


def move_all(project: Project, origin: str, destination: str) -> None:
    move(project, list(stage(project, origin).get_tasks()), destination)


def move(project: Project, tasks: Sequence[Any], destination: str) -> None:
    """One request, as a program with many rows would send it."""
    uuid = stage(project, destination).uuid
    with project.create_bundle() as bundle:
        for task in tasks:
            task.move(destination_stage_uuid=uuid, bundle=bundle)


def places(project: Project) -> list[str]:
    return [row.workflow_graph_node.title for row in project.list_label_rows_v2() if row.workflow_graph_node]


def initialised_rows(project: Project) -> list[LabelRowV2]:
    rows = project.list_label_rows_v2()
    with project.create_bundle() as bundle:
        for row in rows:
            row.initialise_labels(bundle=bundle)
    return rows


def test_unlinked_texts_leave_no_task_and_can_be_deleted_and_replaced(
    seed: SeedProject, photographs: list[Path], tmp_path: Path
) -> None:
    """Captions are generated again: the old texts leave the project and then storage, and new ones are added."""
    image = seed.add_images(photographs[:1])[0]
    texts = add_texts(seed, tmp_path, 2)
    project, client = seed.project(), seed.client()
    items = [row.backing_item_uuid for row in initialised_rows(project) if row.data_hash in texts]
    move_all(project, "LLM1", "Human Review")

    dataset = client.get_dataset(seed.dataset_hash, include_data_rows=False)
    dataset.delete_data(texts)
    assert [row.backing_item_uuid for row in project.list_label_rows_v2()] == [image]
    assert len(list(stage(project, "Human Review").get_tasks())) == 1
    dataset.delete_data(texts)

    folder = client.get_storage_folder(seed.folder_uuid)
    assert [item.backed_data_units_count for item in client.get_storage_items([str(item) for item in items])] == [0, 0]
    folder.delete_storage_items([UUID(str(item)) for item in items])
    assert [item.uuid for item in folder.list_items()] == [image]

    again = dataset.link_items(upload_texts(folder, tmp_path, {"text-000.txt": "another caption"}))[0]
    assert again.uid not in texts
    assert [str(task.data_hash) for task in stage(project, "LLM1").get_tasks()] == [again.uid]


def test_an_item_deleted_with_its_row_cannot_be_deleted_again(seed: SeedProject, tmp_path: Path) -> None:
    """If unlinking deletes files, deleting the items afterwards is refused because they do not exist."""
    seed.server.control("POST", "config", json={"delete_data_deletes_files": True})
    texts = add_texts(seed, tmp_path, 1)
    row = seed.project().list_label_rows_v2()[0]
    seed.client().get_dataset(seed.dataset_hash, include_data_rows=False).delete_data(texts)
    with pytest.raises(AuthorisationError):
        seed.client().get_storage_folder(seed.folder_uuid).delete_storage_items([UUID(str(row.backing_item_uuid))])


@pytest.mark.parametrize("end", ["Complete", "Archive", "Human Review"])
def test_tasks_return_to_an_agent_stage_with_their_labels(seed: SeedProject, photographs: list[Path], end: str) -> None:
    seed.add_images(photographs[:2])
    project = seed.project()
    for row in initialised_rows(project):
        answer(row, "Final Choice", "LLM-8B")
        row.save()
    move_all(project, "LLM1", end)
    assert places(project) == [end, end]

    move_all(project, end, "LLM1")
    assert places(project) == ["LLM1", "LLM1"]
    assert list(stage(project, end).get_tasks()) == []
    assert [task.status.value for task in stage(project, "LLM1").get_tasks()] == ["NEW", "NEW"]
    rows = initialised_rows(project)
    assert [row.priority for row in rows] == [0.5, 0.5]
    assert [len(row.get_classification_instances()) for row in rows] == [1, 1]
    for task in stage(project, "LLM1").get_tasks():
        task.proceed("First caption")


def test_one_task_that_has_left_refuses_a_whole_move(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 2)
    project = seed.project()
    move_all(project, "LLM1", "Complete")
    first, second = stage(project, "Complete").get_tasks()
    move(project, [first], "LLM1")
    with pytest.raises(InvalidArgumentsError, match="is not in stage 'Complete'"):
        move(project, [second, first], "LLM1")
    assert sorted(places(project)) == ["Complete", "LLM1"]


def test_a_second_review_starts_with_undecided_labels(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = initialised_rows(project)[0]
    answer(row, "Final Choice", "LLM-8B")
    row.save()
    move_all(project, "LLM1", "Human Review")
    next(iter(stage(project, "Human Review").get_tasks())).approve()
    move_all(project, "Complete", "Human Review")
    task = next(iter(stage(project, "Human Review").get_tasks()))
    assert [review.status.value for review in task.get_label_reviews()] == ["NEW"]


def test_rows_are_reopened_together_for_the_first_annotation_stage(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 3)
    client = seed.client()
    project = client.get_project(client.create_project("Annotated by people", [seed.dataset_hash]))
    rows = initialised_rows(project)
    with project.create_bundle() as bundle:
        for row in rows:
            row.workflow_complete(bundle=bundle)
    assert places(project) == ["Complete"] * 3

    seed.server.control("DELETE", "stats")
    with project.create_bundle() as bundle:
        for row in rows[:2]:
            row.workflow_reopen(bundle=bundle)
    assert seed.server.control("GET", "stats").json()["by_operation"] == {"v1 POST labelworkflowgraphnode": 1}
    assert places(project) == ["Annotate 1", "Annotate 1", "Complete"]
    assert [row.label_hash for row in project.list_label_rows_v2()] == [row.label_hash for row in rows]


def test_without_an_annotation_stage_nothing_is_reopened(seed: SeedProject, tmp_path: Path) -> None:
    """The judge workflow has none; finished tasks go back through `move`."""
    add_texts(seed, tmp_path, 1)
    project = seed.project()
    row = initialised_rows(project)[0]
    move_all(project, "LLM1", "Complete")
    with pytest.raises(InvalidArgumentsError, match="needs a stage of kind annotation"):
        row.workflow_reopen()
    assert places(project) == ["Complete"]
