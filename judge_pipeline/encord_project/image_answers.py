"""The answers on an image: on its own label row, or on its space of a data group's."""

from datetime import datetime
from typing import Any

from encord.constants.enums import DataType as EncordDataType
from encord.objects import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.objects.spaces.image_space import ImageSpace

from judge_pipeline.domain.captioner import DataType


def answers_on(label_row: LabelRowV2) -> list[ClassificationInstance]:
    """The image's answers."""
    space = _space(label_row)
    return space.get_classification_instances() if space else label_row.get_classification_instances()


def put_answer(
    label_row: LabelRowV2,
    instance: ClassificationInstance,
    *,
    frame: int = 0,
    created_by: str | None = None,
    created_at: datetime | None = None,
    last_edited_by: str | None = None,
    last_edited_at: datetime | None = None,
    manual_annotation: bool = True,
) -> None:
    """Adds an answer, which is on no frame yet, to this one; a data group has no frames."""
    space = _space(label_row)
    if space is None:
        instance.set_for_frames(
            frame,
            created_by=created_by,
            created_at=created_at,
            last_edited_by=last_edited_by,
            last_edited_at=last_edited_at,
            manual_annotation=manual_annotation,
        )
        label_row.add_classification_instance(instance)
    else:
        space.put_classification_instance(
            instance,
            created_by=created_by,
            created_at=created_at,
            last_edited_by=last_edited_by,
            last_edited_at=last_edited_at,
            manual_annotation=manual_annotation,
        )


def remove_answer(label_row: LabelRowV2, instance: ClassificationInstance) -> None:
    """Takes one of the image's answers away."""
    if space := _space(label_row):
        space.remove_classification_instance(instance.classification_hash)
    else:
        label_row.remove_classification(instance)


def is_by_person(label_row: LabelRowV2, instance: ClassificationInstance, frame: int = 0) -> bool:
    """Whether an answer was created by hand, or created by a program and edited by another user."""
    annotation: Any
    if space := _space(label_row):
        (annotation,) = space.get_annotations("classification", filter_instance_hashes=[instance.classification_hash])
    else:
        annotation = instance.get_annotation(frame)
    return bool(annotation.manual_annotation) or annotation.last_edited_by not in (None, annotation.created_by)


def _space(label_row: LabelRowV2) -> ImageSpace | None:
    if label_row.data_type is not EncordDataType.GROUP:
        return None
    return label_row.get_space(layout_key=DataType.IMAGE.value, type_="image")
