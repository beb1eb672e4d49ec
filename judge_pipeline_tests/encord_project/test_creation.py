"""What the pipeline needs in an account, created through the SDK; every step may be repeated."""

from uuid import uuid4

import pytest

from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.encord_project.creation import (
    ensure_folder,
    ensure_metadata_schema,
    ensure_project,
    ensure_text_classification,
    project_exists,
)
from judge_pipeline.encord_project.errors import EncordUnavailable, ProjectMismatch
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE


def test_the_metadata_schema_is_declared_once_and_other_keys_stay(trial: Trial) -> None:
    client = trial.seed.client()
    schema = client.metadata_schema()
    schema.add_scalar("Camera", data_type="varchar")
    schema.save()
    for _ in range(2):
        ensure_metadata_schema(trial.seed.connection)
    assert {"Tag", "Data Type", "Camera"} <= set(client.metadata_schema().keys())


def test_the_pipeline_opens_a_created_project(trial: Trial) -> None:
    created = [
        ensure_project(trial.seed.connection, title="Captions", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
        for _ in range(2)
    ]
    assert created[0] == created[1], "created once"
    project_hash, dataset_hash = created[0]
    project = EncordProject.open(trial.pipeline.connection, project_hash)
    assert project.title == "Captions"
    assert JudgeOntology.of(project.ontology).final_choice.title == "Final Choice"
    datasets = trial.seed.client().get_project(project_hash).list_datasets()
    assert [str(dataset.dataset_hash) for dataset in datasets] == [dataset_hash]


def test_an_interrupted_creation_is_completed_with_what_exists(trial: Trial) -> None:
    client = trial.seed.client()
    trial.inject_fault(match="v1 POST project$", status=429, retry_after=3600)
    with pytest.raises(EncordUnavailable):
        ensure_project(trial.seed.connection, title="Interrupted", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    ensure_project(trial.seed.connection, title="Interrupted", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    assert len(client.get_ontologies(title_eq="Interrupted: ontology")) == 1
    assert len(client.get_datasets(title_eq="Interrupted: images and captions")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_everything_is_created_once_although_each_response_is_lost_once(trial: Trial, when: str) -> None:
    lost = f"Lost {when}"
    client, connection = trial.seed.client(), trial.seed.connection

    def ordered(*writes: str) -> None:
        for match in writes:
            trial.inject_fault(match=match, status=503, when=when)

    ordered("POST ontologies$", "POST datasets$")
    project_hash, _ = ensure_project(connection, title=lost, workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    ordered("organisation/client-metadata-schema", "POST storage/folders$", "PUT ontologies", "v1 POST project$")
    ensure_metadata_schema(connection)
    ensure_folder(connection, lost)
    ensure_text_classification(connection, project_hash, "Description")
    ensure_project(connection, title=f"{lost} too", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    assert [fault["match"] for fault in trial.faults() if not fault["done"]] == []
    (ontology,) = client.get_ontologies(title_eq=f"{lost}: ontology")
    titles = [each.title for each in ontology["ontology"].structure.classifications]
    assert titles.count("Description") == 1
    assert len(client.get_datasets(title_eq=f"{lost}: images and captions")) == 1
    assert [len(client.get_projects(title_eq=title)) for title in (lost, f"{lost} too")] == [1, 1]
    assert len([folder for folder in client.find_storage_folders(search=lost) if folder.name == lost]) == 1


def test_two_projects_with_one_title_are_refused(trial: Trial) -> None:
    client = trial.seed.client()
    for _ in range(2):
        client.create_project("Twice", [trial.seed.dataset_hash], ontology_hash=trial.seed.ontology_hash)
    with pytest.raises(ProjectMismatch, match="there are 2 projects 'Twice'; rename all but one"):
        ensure_project(trial.seed.connection, title="Twice", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])


def test_a_folder_is_created_once(trial: Trial) -> None:
    photographs = ensure_folder(trial.seed.connection, "Photographs")
    assert ensure_folder(trial.seed.connection, "Photographs") == photographs
    assert ensure_folder(trial.seed.connection, "Photo") != photographs


def test_a_missing_project_is_not_an_error(trial: Trial) -> None:
    assert project_exists(trial.seed.connection, trial.seed.project_hash)
    assert not project_exists(trial.seed.connection, str(uuid4()))
