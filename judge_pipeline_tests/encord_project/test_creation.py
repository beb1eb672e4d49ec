"""What the pipeline needs in an account, made through the SDK; every step may be repeated."""

from pathlib import Path
from uuid import uuid4

from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.encord_project.creation import (
    add_images,
    create_project,
    ensure_metadata_schema,
    project_exists,
)
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
    project_hash, dataset_hash = create_project(
        trial.seed.client(), title="Captions", workflow_template_hash=WORKFLOW_TEMPLATE["uuid"]
    )
    project = EncordProject.open(trial.workbench.connection, project_hash)
    assert project.title == "Captions"
    assert JudgeOntology.of(project.ontology).final_choice.title == "Final Choice"
    datasets = trial.seed.client().get_project(project_hash).list_datasets()
    assert [str(dataset.dataset_hash) for dataset in datasets] == [dataset_hash]


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
