"""Refusals reach the caller as the same SDK exceptions as Encord's."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from encord.exceptions import (
    AuthorisationError,
    CorruptedLabelError,
    GenericServerError,
    InvalidArgumentsError,
    MultiLabelLimitError,
    ResourceExistsError,
    UnknownException,
)
from encord.http.v2.api_client import ApiClient
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import DataLinkDuplicatesBehavior, StorageLocation
from encord.orm.storage import DataUploadItems, DataUploadNifti, StorageItem
from encord.workflow import AgentStage

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import LocalEncord

NOWHERE = str(uuid4())


def test_unknown_things_are_not_authorised(seed: SeedProject) -> None:
    client = seed.client()
    for ask in (
        client.get_project,
        client.get_ontology,
        client.get_storage_folder,
        client.get_storage_item,
        client.get_dataset,
    ):
        with pytest.raises(AuthorisationError):
            ask(NOWHERE)
    with pytest.raises(AuthorisationError):
        client.get_storage_items([NOWHERE])


def test_things_of_another_user_are_not_authorised(seed: SeedProject, photographs: list[Path]) -> None:
    item = seed.add_images(photographs[:1])[0]
    stranger = seed.server.another_user("stranger@example.com").client()
    for ask, uuid in (
        (stranger.get_project, seed.project_hash),
        (stranger.get_ontology, seed.ontology_hash),
        (stranger.get_storage_folder, seed.folder_uuid),
        (stranger.get_storage_item, item),
        (stranger.get_dataset, seed.dataset_hash),
    ):
        with pytest.raises(AuthorisationError):
            ask(str(uuid))
    assert list(stranger.list_projects()) == []
    assert list(stranger.list_storage_folders()) == []
    assert list(stranger.get_datasets()) == []


def test_one_missing_item_refuses_a_whole_bulk_read(seed: SeedProject, photographs: list[Path]) -> None:
    item = seed.add_images(photographs[:1])[0]
    with pytest.raises(AuthorisationError, match=NOWHERE):
        seed.client().get_storage_items([item, NOWHERE])


def test_a_stage_of_another_workflow_is_not_authorised(seed: SeedProject) -> None:
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    object.__setattr__(stage, "uuid", NOWHERE)
    with pytest.raises(AuthorisationError):
        list(stage.get_tasks())


def test_linking_twice_with_fail_is_refused_and_adds_nothing(seed: SeedProject, photographs: list[Path]) -> None:
    items = seed.add_images(photographs[:2])
    dataset = seed.client().get_dataset(seed.dataset_hash)
    with pytest.raises(ResourceExistsError):
        dataset.link_items(items, DataLinkDuplicatesBehavior.FAIL)
    assert len(dataset.list_data_rows()) == 2


def test_invalid_labels_are_refused_only_on_request(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = project.list_label_rows_v2()[0]
    row.initialise_labels()
    classification = project.ontology_structure.classifications[0]
    instance = classification.create_instance()
    instance.set_answer(classification.attributes[0].options[0])
    instance.set_for_frames()
    row.add_classification_instance(instance)
    editor: dict[str, list[object]] = {"objects": [], "classifications": [], "skeleton_templates": []}
    seed.server.control(
        "POST", "ontologies", json={"uuid": seed.ontology_hash, "title": "emptied", "structure": editor}
    )
    with pytest.raises(CorruptedLabelError):
        row.save(validate_before_saving=True)
    row.save()
    saved = project.list_label_rows_v2()[0]
    assert not saved.is_valid
    assert "the ontology has no classification" in (saved.get_validation_errors() or [""])[0]


def test_more_than_a_thousand_label_rows_at_once_are_refused(seed: SeedProject) -> None:
    """The SDK's exception carries the limit, so that a program can send smaller requests."""
    project = seed.project()
    with pytest.raises(MultiLabelLimitError) as refused:
        project._client.get_label_rows([NOWHERE] * 1001)
    assert refused.value.maximum_labels_allowed == 1000
    with pytest.raises(InvalidArgumentsError, match="at most 1000 label rows"):
        list(project.get_label_classifications([NOWHERE] * 1001, batch_size=1001))


def test_a_smaller_limit_of_label_rows_applies_to_creating_reading_and_saving(
    seed: SeedProject, tmp_path: Path
) -> None:
    add_texts(seed, tmp_path, 3)
    seed.server.control("POST", "config", json={"label_rows_per_request": 2})
    project = seed.project()
    rows = project.list_label_rows_v2()

    def together(call: Callable[..., None], *, at_once: int) -> None:
        with project.create_bundle(bundle_size=at_once) as bundle:
            for row in rows:
                call(row, bundle=bundle)

    for call in (LabelRowV2.initialise_labels, LabelRowV2.save):
        with pytest.raises(MultiLabelLimitError) as refused:
            together(call, at_once=3)
        together(call, at_once=refused.value.maximum_labels_allowed)


def test_an_unsupported_route_is_named(server: LocalEncord) -> None:
    client = server.client()
    made = client.create_dataset("Videos", StorageLocation.CORD_STORAGE, create_backing_folder=False)
    dataset = client.get_dataset(made.dataset_hash)
    with pytest.raises(UnknownException, match="index/collections"):
        list(client.list_collections())
    with pytest.raises(GenericServerError, match="v1 PUT reencodevideotask"):
        dataset.re_encode_data([NOWHERE])
    log = server.control("GET", "log").json()
    assert [(entry["operation"], entry["status"]) for entry in log[-2:]] == [
        ("GET {path:path}", 501),
        ("v1 PUT reencodevideotask", 501),
    ]


def test_an_impossible_body_is_422_like_fastapi(server: LocalEncord) -> None:
    api = ApiClient(server.client().user_config.config)
    with pytest.raises(UnknownException):
        api.get("storage/items/not-a-uuid", params=None, result_type=StorageItem)
    assert server.control("GET", "log").json()[-1]["status"] == 422


def test_items_of_unsupported_kinds_are_refused_with_the_reason(seed: SeedProject, photographs: list[Path]) -> None:
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    with pytest.raises(InvalidArgumentsError, match="PDFs and plain texts, not items of type 'dicomFile'"):
        folder.create_dicom_series(photographs[:1])
    with pytest.raises(InvalidArgumentsError, match="not items of type 'nifti'"):
        folder.upload_nifti(photographs[0])
    scan = DataUploadNifti(object_url="a.nii")
    with pytest.raises(InvalidArgumentsError, match="only, not nifti"):
        folder.add_private_data_to_folder_start(None, DataUploadItems(nifti=[scan]))  # type: ignore[arg-type]


def test_control_routes_say_what_was_expected(server: LocalEncord) -> None:
    answer = requests.post(f"{server.url}/_local/config", json={"latency": 1}, timeout=10)
    assert answer.status_code == 422
    answer = requests.post(
        f"{server.url}/_local/users", json={"email": "x@example.com", "public_key_hex": "0"}, timeout=10
    )
    assert answer.status_code == 422
