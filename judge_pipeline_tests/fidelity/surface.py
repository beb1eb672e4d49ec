"""The public methods and properties of the official SDK, in the areas that the local Encord imitates."""

import inspect
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from types import FunctionType
from typing import Any

from encord.orm.base_dto import BaseDTO

AREAS = {
    "The client": ("encord.user_client",),
    "Metadata schema": ("encord.metadata_schema",),
    "Storage: folders, images, plain texts": ("encord.storage",),
    "Datasets": ("encord.dataset",),
    "Ontologies": ("encord.ontology",),
    "Projects": ("encord.project",),
    "Label rows": ("encord.objects.ontology_labels_impl",),
    "Workflow: stages, tasks, reviews": (
        "encord.workflow.workflow",
        "encord.workflow.stages.agent",
        "encord.workflow.stages.annotation",
        "encord.workflow.stages.review",
        "encord.workflow.stages.final",
        "encord.workflow.stages.consensus_annotation",
        "encord.workflow.stages.consensus_review",
    ),
    "Issues": ("encord.issues.issue_client",),
}
"""The SDK's modules by area; only what they define counts, not what they import."""


def members(area: str) -> list[str]:
    """`Class.member` for every public method and property of an area, classes in the order of their modules."""
    return [
        f"{owner.__name__}.{name}"
        for module in AREAS[area]
        for owner in _classes(import_module(module))
        for name in _public(owner)
    ]


def name_of(member: Any) -> str:
    """`Class.member` of a function or property as found on a class."""
    function: Any = member.fget if isinstance(member, property) else member
    return str(function.__qualname__)


def properties_of(owner: type) -> dict[str, property]:
    """The public properties that a class itself defines, by name."""
    return {name: found for name, found in _own(owner) if isinstance(found, property)}


def _classes(module: Any) -> Iterator[type]:
    for name, found in vars(module).items():
        is_pipeline_variable = (
            inspect.isclass(found) and found.__module__ == module.__name__ and not name.startswith("_")
        )
        if is_pipeline_variable and not issubclass(found, Enum):
            yield found


def _public(owner: type) -> list[str]:
    """Methods and properties; plain data fields do not count, so response classes without behaviour are not listed."""
    return sorted(name for name, found in _own(owner) if isinstance(found, property) or _is_method(owner, name, found))


def _own(owner: type) -> Iterator[tuple[str, Any]]:
    for name, found in vars(owner).items():
        if not name.startswith("_") and not hasattr(BaseDTO, name):
            yield name, found


def _is_method(owner: type, name: str, found: Any) -> bool:
    function = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    return isinstance(function, FunctionType) and function.__qualname__ == f"{owner.__name__}.{name}"
