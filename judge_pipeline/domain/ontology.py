"""The ontology: its active classifications, attributes and options, read from Encord's editor JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class AttributeKind(StrEnum):
    """The type of an attribute, in Encord's words."""

    RADIO = "radio"
    CHECKLIST = "checklist"
    TEXT = "text"
    NUMERIC = "numeric"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a radio or checklist, with the attributes that are asked if it is chosen."""

    feature_hash: str
    label: str
    attributes: tuple["Attribute", ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One question. `options` are in Encord's order, and empty for text and numeric."""

    feature_hash: str
    title: str
    kind: AttributeKind
    required: bool = False
    options: tuple[Option, ...] = ()

    @property
    def is_answerable(self) -> bool:
        """False for a radio or checklist without active options."""
        return self.kind in {AttributeKind.TEXT, AttributeKind.NUMERIC} or bool(self.options)


@dataclass(frozen=True, slots=True)
class Classification:
    """One classification. Encord gives each exactly one root attribute, whose name is the classification's title."""

    feature_hash: str
    root: Attribute

    @property
    def title(self) -> str:
        """The displayed name."""
        return self.root.title

    @property
    def radios(self) -> Iterator[Attribute]:
        """Every radio, the root's and those under its options."""
        waiting = [self.root]
        while waiting:
            attribute = waiting.pop()
            if attribute.kind is AttributeKind.RADIO:
                yield attribute
            waiting += [nested for option in attribute.options for nested in option.attributes]


@dataclass(frozen=True, slots=True)
class Ontology:
    """The active classifications of one ontology."""

    title: str
    classifications: tuple[Classification, ...]

    @classmethod
    def read(cls, title: str, editor: Mapping[str, Any]) -> "Ontology":
        """The ontology in Encord's editor dict `{"objects": [...], "classifications": [...]}`.

        Leaves out archived attributes and options, and nested attributes without any active option.

        Raises:
            ValueError: an attribute has an unknown type.
        """
        found = []
        for classification in editor.get("classifications", ()):
            roots = classification.get("attributes", ())
            if roots and not classification.get("archived") and not roots[0].get("archived"):
                found.append(Classification(classification["featureNodeHash"], _attribute(roots[0])))
        return cls(title, tuple(found))


def _attribute(found: Mapping[str, Any]) -> Attribute:
    known = [kind.value for kind in AttributeKind]
    if found["type"] not in known:
        raise ValueError(f"attribute '{found['name']}' is of kind '{found['type']}'; known are {', '.join(known)}")
    return Attribute(
        feature_hash=found["featureNodeHash"],
        title=_encodable(found["name"]),
        kind=AttributeKind(found["type"]),
        required=bool(found.get("required")),
        options=tuple(_option(option) for option in found.get("options") or () if not option.get("archived")),
    )


def _option(found: Mapping[str, Any]) -> Option:
    nested = (_attribute(attribute) for attribute in found.get("options") or () if not attribute.get("archived"))
    return Option(
        feature_hash=found["featureNodeHash"],
        label=_encodable(found["label"]),
        attributes=tuple(attribute for attribute in nested if attribute.is_answerable),
    )


def _encodable(text: str) -> str:
    """The text with "?" for lone surrogates, which JSON can carry but files and databases cannot."""
    return text.encode(errors="replace").decode()
