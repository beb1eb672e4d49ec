"""The shapes of ontologies and labels; both are stored as sent, after this check."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Shape(BaseModel):
    """The required fields; others are ignored."""

    model_config = ConfigDict(alias_generator=to_camel)


class _Option(_Shape):
    feature_node_hash: str
    options: list["_Attribute"] = []


class _Attribute(_Shape):
    feature_node_hash: str
    name: str
    type: str
    options: list[_Option] = []


class _Classification(_Shape):
    feature_node_hash: str
    attributes: list[_Attribute]


class _Ontology(_Shape):
    classifications: list[_Classification] = []
    objects: list[dict[str, Any]] = []


class _AttributeAnswer(_Shape):
    feature_hash: str
    answers: list[dict[str, Any]] | str | float | None = None


class _ClassificationAnswer(_Shape):
    feature_hash: str | None = None
    classifications: list[_AttributeAnswer] | None = None
    spaces: dict[str, dict[str, Any]] | None = None


class _DataUnit(_Shape):
    labels: dict[str, Any] | None = None


class _Labels(BaseModel):
    data_units: dict[str, _DataUnit] | None = None
    spaces: dict[str, _DataUnit] | None = None
    object_answers: dict[str, dict[str, Any]] | None = None
    object_actions: dict[str, dict[str, Any]] | None = None
    classification_answers: dict[str, _ClassificationAnswer] | None = None


def _readable_ontology(editor: dict[str, Any]) -> dict[str, Any]:
    _Ontology.model_validate(editor)
    return editor


def _readable_labels(labels: dict[str, Any]) -> dict[str, Any]:
    _Labels.model_validate(labels)
    return labels


OntologyJson = Annotated[dict[str, Any], AfterValidator(_readable_ontology)]
"""An ontology's structure, `{"objects": […], "classifications": […], "skeleton_templates": […]}`."""

LabelsJson = Annotated[dict[str, Any], AfterValidator(_readable_labels)]
"""A label row as the SDK saves it."""
