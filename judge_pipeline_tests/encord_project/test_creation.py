"""What the pipeline needs in an account, made through the SDK; every step may be repeated."""

from pathlib import Path
from uuid import uuid4

import pytest
from encord.exceptions import EncordException

from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.encord_project.creation import (
    add_images,
    ensure_folder,
    ensure_metadata_schema,
    ensure_project,
    project_exists,
)
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.assets.trial import Trial
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE


def test_the_metadata_schema_is_declared_once_and_other_keys_stay(trial: Trial) -> None:
    client = trial.seed.client()
    schema = client.metadata_schema()
    schema.add_scalar("Camera", data_type="varchar")
    schema.save()
    for _ in range(2):
        ensure_metadata_schema(client)
    assert {"Tag", "Data Type", "Camera"} <= set(client.metadata_schema().keys())


def test_the_project_that_is_made_is_one_that_the_pipeline_opens(trial: Trial) -> None:
    made = [
        ensure_project(trial.seed.client(), title="Captions", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
        for _ in range(2)
    ]
    assert made[0] == made[1], "made once"
    project_hash, dataset_hash = made[0]
    project = EncordProject.open(trial.workbench.connection, project_hash)
    assert project.title == "Captions"
    assert JudgeOntology.of(project.ontology).final_choice.title == "Final Choice"
    datasets = trial.seed.client().get_project(project_hash).list_datasets()
    assert [str(dataset.dataset_hash) for dataset in datasets] == [dataset_hash]


def test_a_project_whose_making_was_interrupted_is_completed_with_what_is_there(trial: Trial) -> None:
    client = trial.seed.client()
    trial.order_fault(match=r"v1 POST project$|POST .*projects", status=400, times=1)
    with pytest.raises(EncordException):
        ensure_project(client, title="Interrupted", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    ensure_project(client, title="Interrupted", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    assert len(client.get_ontologies(title_eq="Interrupted: ontology")) == 1
    assert len(client.get_datasets(title_eq="Interrupted: images and captions")) == 1


def test_two_projects_of_one_title_are_not_chosen_between(trial: Trial) -> None:
    client = trial.seed.client()
    for _ in range(2):
        client.create_project("Twice", [trial.seed.dataset_hash], ontology_hash=trial.seed.ontology_hash)
    with pytest.raises(ProjectMismatch, match="there are 2 projects 'Twice'; rename all but one"):
        ensure_project(client, title="Twice", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])


def test_a_folder_is_made_once(trial: Trial) -> None:
    client = trial.seed.client()
    assert ensure_folder(client, "Photographs") == ensure_folder(client, "Photographs")
    assert ensure_folder(client, "Photo") != ensure_folder(client, "Photographs")


def test_images_are_added_once_however_often_it_is_tried(trial: Trial, tmp_path: Path) -> None:
    client, paths = trial.seed.client(), [paint(tmp_path, colour) for colour in ("red", "green")]
    where = {"folder_uuid": str(trial.seed.folder_uuid), "dataset_hash": trial.seed.dataset_hash}
    half = add_images(client, paths=paths[:1], **where)
    whole = add_images(client, paths=paths, **where)
    assert add_images(client, paths=paths, **where) == whole
    assert whole["red.png"] == half["red.png"]
    assert set(trial.tags) == {"red", "green"}
    assert len(list(client.get_storage_folder(trial.seed.folder_uuid).list_items())) == 2


def test_a_project_that_is_not_there_is_no_error(trial: Trial) -> None:
    assert project_exists(trial.seed.client(), trial.seed.project_hash)
    assert not project_exists(trial.seed.client(), str(uuid4()))
