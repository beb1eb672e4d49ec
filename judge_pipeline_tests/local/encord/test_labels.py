"""Labels: rows are created once, read back as written and saved as a whole; the last save wins."""

from pathlib import Path
from typing import Any

import pytest
import requests
from encord import Project
from encord.constants.enums import DataType
from encord.exceptions import AuthorisationError, CorruptedLabelError
from encord.objects import Classification
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.objects.classification_instance import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.label_row import LabelStatus
from encord.utilities.project_user import ProjectUserRole
from encord.workflow import AgentStage, ReviewStage

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.seed_project import SeedProject


def answered(project: Project, title: str, option: str) -> ClassificationInstance:
    """An instance of one of the project's choices."""
    classification = classification_called(project, title)
    instance = classification.create_instance()
    attribute = classification.get_child_by_title(title, type_=RadioAttribute)
    instance.set_answer(next(o for o in attribute.options if o.label == option), attribute=attribute)
    instance.set_for_frames()
    return instance


def classification_called(project: Project, title: str) -> Classification:
    return project.ontology_structure.get_child_by_title(title, type_=Classification)


def only_row(project: Project) -> LabelRowV2:
    row = project.list_label_rows_v2()[0]
    row.initialise_labels()
    return row


def answers_of(row: LabelRowV2) -> dict[str, Any]:
    """The saved root answers by classification title, freshly read."""
    row.initialise_labels(overwrite=True)
    return {
        instance.classification_name: instance.get_answer().label  # type: ignore[union-attr]
        for instance in row.get_classification_instances()
    }


def test_a_nested_answer_is_read_back_as_written(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = only_row(project)
    instance = answered(project, "LLM 8B", "Answer available")
    classification = classification_called(project, "LLM 8B")
    score = classification.get_child_by_title("Correctness Score", type_=RadioAttribute)
    instance.set_answer(score.options[3], attribute=score)
    suggestion = classification.get_child_by_title("Improvement suggestion", type_=TextAttribute)
    instance.set_answer('be "brief" 🧀\n', attribute=suggestion)
    instance.set_for_frames(manual_annotation=False, confidence=0.75, overwrite=True)
    row.add_classification_instance(instance)
    row.save()

    read = only_row(seed.project()).get_classification_instances()[0]
    assert read.get_answer(attribute=score).label == "Accurate"  # type: ignore[union-attr]
    assert read.get_answer(attribute=suggestion) == 'be "brief" 🧀\n'
    annotation = read.get_annotations()[0]
    assert (annotation.confidence, annotation.manual_annotation) == (0.75, False)
    assert annotation.created_by == seed.server.email


def test_a_save_replaces_all_labels_and_the_last_one_wins(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    mine, theirs = seed.project(), seed.project()
    first, second = only_row(mine), only_row(theirs)
    first.add_classification_instance(answered(mine, "LLM 8B", "Answer available"))
    first.save()
    second.add_classification_instance(answered(theirs, "Final Choice", "LLM-16B"))
    second.save()
    assert answers_of(first) == {"Final Choice": "LLM-16B"}


def test_a_change_by_someone_else_carries_their_name(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = only_row(project)
    row.add_classification_instance(answered(project, "LLM Judge Choice", "LLM 8B"))
    row.add_classification_instance(answered(project, "Final Choice", "LLM-8B"))
    row.save()
    human = seed.server.another_user("human@example.com")
    project.add_users(["human@example.com"], ProjectUserRole.ANNOTATOR)
    theirs = human.client().get_project(seed.project_hash)
    their_row = only_row(theirs)
    choice = next(i for i in their_row.get_classification_instances() if i.classification_name == "Final Choice")
    option = classification_called(theirs, "Final Choice").get_child_by_title("Final Choice", type_=RadioAttribute)
    choice.set_answer(option.options[1], overwrite=True)
    their_row.save()
    row.initialise_labels(overwrite=True)
    editors = {i.classification_name: i.get_annotations()[0].last_edited_by for i in row.get_classification_instances()}
    assert editors == {"LLM Judge Choice": seed.server.email, "Final Choice": "human@example.com"}


def test_only_the_labels_of_some_features_are_read_on_request(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = only_row(project)
    for title, option in (("Final Choice", "LLM-8B"), ("LLM Judge Choice", "LLM 8B")):
        row.add_classification_instance(answered(project, title, option))
    row.save()
    wanted = {classification_called(project, "Final Choice").feature_node_hash}

    def read(**features: set[str]) -> list[str]:
        row.initialise_labels(overwrite=True, **features)  # type: ignore[arg-type]
        return [instance.classification_name for instance in row.get_classification_instances()]

    assert read(include_classification_feature_hashes=wanted) == ["Final Choice"]
    assert read(include_object_feature_hashes=set()) == ["Final Choice", "LLM Judge Choice"]
    assert read(include_classification_feature_hashes=set()) == []
    assert len(read()) == 2


def test_a_label_row_is_created_once(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    first, second = seed.project().list_label_rows_v2()[0], seed.project().list_label_rows_v2()[0]
    first.initialise_labels()
    second.initialise_labels()
    assert first.label_hash == second.label_hash
    listed = seed.project().list_label_rows_v2()[0]
    assert listed.label_hash == first.label_hash


def test_each_branch_has_its_own_labels(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:2])
    project = seed.project()
    main = only_row(project)
    main.add_classification_instance(answered(project, "Final Choice", "LLM-8B"))
    main.save()
    branch = project.list_label_rows_v2(branch_name="second")[0]
    assert (branch.branch_name, branch.label_hash) == ("second", None)
    branch.initialise_labels()
    assert branch.label_hash != main.label_hash
    assert list(branch.get_classification_instances()) == []
    rows = project.list_label_rows_v2(include_all_label_branches=True)
    assert [row.branch_name for row in rows] == ["main", "second", "main"]
    assert list(project.list_branches()) == ["main", "second"]


def test_data_links_are_signed_on_request_and_never_stored(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    row = seed.project().list_label_rows_v2()[0]
    row.initialise_labels(include_signed_url=True)
    assert requests.get(str(row.data_link), timeout=10).content == photographs[0].read_bytes()
    row.save()
    row.initialise_labels(overwrite=True)
    assert str(row.data_link).startswith("cord-files-local/")


def test_images_and_texts_have_different_data_types(seed: SeedProject, photographs: list[Path], tmp_path: Path) -> None:
    seed.add_images(photographs[:1])
    add_texts(seed, tmp_path, 1)
    image, text = seed.project().list_label_rows_v2(include_client_metadata=True)
    assert (image.data_type, image.width, image.client_metadata) == (DataType.IMAGE, 494, {})
    assert (text.data_type, text.width, text.client_metadata) == (DataType.PLAIN_TEXT, None, {"Data Type": "Text_8B"})
    text.initialise_labels()
    assert text.data_type == DataType.PLAIN_TEXT


def test_metadata_is_listed_only_on_request(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    assert seed.project().list_label_rows_v2()[0].client_metadata is None


def test_many_rows_are_created_saved_and_exported_with_one_request_each(seed: SeedProject, tmp_path: Path) -> None:
    hashes = add_texts(seed, tmp_path, 12)
    project = seed.project()
    rows = project.list_label_rows_v2()
    seed.server.control("DELETE", "stats")
    with project.create_bundle() as bundle:
        for row in rows:
            row.initialise_labels(bundle=bundle)
    for row in rows:
        instance = classification_called(project, "Final Choice").create_instance(range_only=True)
        attribute = classification_called(project, "Final Choice").attributes[0]
        instance.set_answer(attribute.options[0])
        instance.set_for_frames()
        row.add_classification_instance(instance)
    with project.create_bundle() as bundle:
        for row in rows:
            row.save(bundle=bundle)
    exported = list(project.get_label_classifications([str(row.label_hash) for row in rows]))
    assert [str(entry.data_uuid) for entry in exported] == hashes
    assert {len(entry.classification_answers) for entry in exported} == {1}
    assert seed.server.control("GET", "stats").json()["by_operation"] == {
        "POST projects/{project}/label-rows/classifications": 1,
        "v1 POST labelrow": 1,
        "v1 PUT labelrow": 1,
    }


def test_a_row_of_another_project_is_not_authorised(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    row = only_row(seed.project())
    other = seed.client().get_project(seed.client().create_project("Other", []))
    with pytest.raises(AuthorisationError):
        list(other.get_label_classifications([str(row.label_hash)]))
    with pytest.raises(AuthorisationError):
        other._client.get_label_rows([str(row.label_hash)])
    with pytest.raises(AuthorisationError):
        other._client.create_label_rows([row.data_hash])


def test_rows_are_found_by_title_hash_status_and_time(seed: SeedProject, tmp_path: Path) -> None:
    hashes = add_texts(seed, tmp_path, 3)
    project = seed.project()
    project.list_label_rows_v2(data_hashes=[hashes[1]])[0].initialise_labels()

    def found(**wanted: Any) -> list[str]:
        return [row.data_hash for row in project.list_label_rows_v2(**wanted)]

    assert found() == hashes
    assert found(data_title_eq="text-002.txt") == [hashes[2]]
    assert found(data_title_like="%-00%") == hashes
    assert found(data_hashes=[hashes[2], hashes[0]]) == [hashes[0], hashes[2]]
    assert found(label_statuses=[LabelStatus.LABEL_IN_PROGRESS]) == [hashes[1]]
    assert found(edited_after="2020-01-01") == [hashes[1]]
    assert found(edited_before="2020-01-01") == []


def test_labels_are_reviewed_one_by_one(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = only_row(project)
    row.add_classification_instance(answered(project, "LLM 8B", "Answer available"))
    row.add_classification_instance(answered(project, "LLM 16B", "Answer not available"))
    row.save()
    review = project.workflow.get_stage(name="Human Review", type_=ReviewStage)
    agent = project.workflow.get_stage(name="LLM1", type_=AgentStage)
    next(iter(agent.get_tasks())).move(destination_stage_uuid=review.uuid)

    task = next(iter(review.get_tasks()))
    first, second = task.get_label_reviews()
    assert (first.status.value, first.label_type) == ("NEW", "Classification")
    first.approve()
    second.reject(comment="why not", issue_tags=["odd"])
    assert [found.status.value for found in task.get_label_reviews()] == ["APPROVED", "REJECTED"]
    first.reopen()
    assert [found.status.value for found in task.get_label_reviews()] == ["REOPENED", "REJECTED"]

    row.add_classification_instance(answered(project, "Final Choice", "LLM-8B"))
    row.save()
    assert [found.status.value for found in task.get_label_reviews()] == ["REOPENED", "REJECTED", "NEW"]
    task.approve()
    approved = project.list_label_rows_v2(label_statuses=[LabelStatus.REVIEWED])  # type: ignore[list-item]
    assert len(approved) == 1


def test_a_single_row_is_saved_through_the_sdks_older_class(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    row = only_row(project)
    row.add_classification_instance(answered(project, "Final Choice", "LLM-8B"))
    labels = row.to_encord_dict()
    assert project.save_label_row(row.label_hash, labels)
    assert answers_of(row) == {"Final Choice": "LLM-8B"}
    for answer in labels["classification_answers"].values():
        answer["featureHash"] = "no such"
    with pytest.raises(CorruptedLabelError):
        project.save_label_row(row.label_hash, labels, validate_before_saving=True)
    assert answers_of(row) == {"Final Choice": "LLM-8B"}
