"""Frames of image groups, on label rows that the SDK builds from Encord's JSON: the local Encord has no groups."""

from types import SimpleNamespace
from typing import Any

import pytest
from encord.objects import Classification, OntologyStructure
from encord.objects.attributes import TextAttribute
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.label_row import LabelRowMetadata

from judge_pipeline.encord_project.frames import set_frame_answer

FRAMES = 3


@pytest.fixture
def structure() -> OntologyStructure:
    ontology = OntologyStructure()
    for title in ("Description", "Remark"):
        ontology.add_classification().add_attribute(TextAttribute, title)
    return ontology


def group(structure: OntologyStructure, labels: dict[str, Any] | None = None) -> LabelRowV2:
    """An image group of three images as Encord sends it, with these labels or with none."""
    common = {
        "label_hash": "label",
        "created_at": "2026-01-01 00:00:00",
        "last_edited_at": "2026-01-01 00:00:00",
        "branch_name": "main",
        "data_hash": "group",
        "dataset_hash": "dataset",
        "dataset_title": "Photographs",
        "data_title": "group",
        "data_type": "img_group",
        "label_status": "LABEL_IN_PROGRESS",
        "annotation_task_status": "QUEUED",
        "is_shadow_data": False,
        "number_of_frames": FRAMES,
        "data_link": None,
        "spaces": {},
    }
    units = {
        f"image-{number}": {
            "data_hash": f"image-{number}",
            "data_title": f"{number}.jpg",
            "data_type": "image/jpeg",
            "data_sequence": str(number),
            "data_link": f"https://storage.example/{number}.jpg?signature",
            "width": 64,
            "height": 48,
            "labels": {"objects": [], "classifications": []},
        }
        for number in range(FRAMES)
    }
    empty = {"data_units": units, "object_answers": {}, "object_actions": {}, "classification_answers": {}}
    metadata = LabelRowMetadata.from_dict({**common, "data_type": "IMG_GROUP"})
    row = LabelRowV2(metadata, SimpleNamespace(), SimpleNamespace(structure=structure))  # type: ignore[arg-type]
    row.from_labels_dict({**common, **empty, **(labels or {})})
    return row


def saved_and_opened_again(row: LabelRowV2, structure: OntologyStructure) -> LabelRowV2:
    """The row as Encord would return it after `save`."""
    return group(structure, row.to_encord_dict())


def descriptions(row: LabelRowV2, title: str = "Description") -> list[list[Any]]:
    """The answers on each frame."""
    classification = row.ontology_structure.get_child_by_title(title, type_=Classification)
    return [
        [each.get_answer() for each in row.get_classification_instances(classification, filter_frames=number)]
        for number in range(FRAMES)
    ]


def test_each_frame_has_its_own_image_and_description(structure: OntologyStructure) -> None:
    row = group(structure)
    assert [row.get_frame_view(number).data_link for number in range(FRAMES)] == [
        f"https://storage.example/{number}.jpg?signature" for number in range(FRAMES)
    ]
    description = structure.classifications[0]
    for number in (0, 2):
        set_frame_answer(row, description, number, f"frame {number}")
    row = saved_and_opened_again(row, structure)
    set_frame_answer(row, description, 2, "frame 2 again")
    assert descriptions(saved_and_opened_again(row, structure)) == [["frame 0"], [], ["frame 2 again"]]


def test_an_answer_on_several_frames_is_removed_from_one_only(structure: OntologyStructure) -> None:
    row = group(structure)
    description, remark = structure.classifications
    for classification, text in ((description, "of all frames"), (remark, "a remark")):
        instance = classification.create_instance()
        instance.set_for_frames([0, 1, 2], manual_annotation=False)
        instance.set_answer(text)
        row.add_classification_instance(instance)
    set_frame_answer(row, description, 1, "frame 1")
    row = saved_and_opened_again(row, structure)
    assert descriptions(row) == [["of all frames"], ["frame 1"], ["of all frames"]]
    assert descriptions(row, "Remark") == [["a remark"]] * FRAMES


def test_the_answer_is_marked_as_automated(structure: OntologyStructure) -> None:
    row = group(structure)
    set_frame_answer(row, structure.classifications[0], 1, "frame 1")
    (answer,) = row.to_encord_dict()["classification_answers"].values()
    assert (answer["manualAnnotation"], answer["classifications"][0]["manualAnnotation"]) == (False, False)
