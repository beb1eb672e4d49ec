"""Answers to the seed ontology's choices, given through the official SDK."""

from encord.objects import Classification
from encord.objects.attributes import RadioAttribute
from encord.objects.classification_instance import ClassificationInstance
from encord.objects.frames import Frames
from encord.objects.ontology_labels_impl import LabelRowV2


def answer(row: LabelRowV2, title: str, option: str, *, frames: Frames = 0) -> ClassificationInstance:
    """Answer one of the ontology's choices on an image's row or on frames, not yet saved."""
    classification = row.ontology_structure.get_child_by_title(title, type_=Classification)
    attribute = classification.get_child_by_title(title, type_=RadioAttribute)
    instance = classification.create_instance()
    instance.set_answer(next(o for o in attribute.options if o.label == option), attribute=attribute)
    instance.set_for_frames(frames)
    row.add_classification_instance(instance)
    return instance
