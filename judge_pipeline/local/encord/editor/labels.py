"""Labels matched with their ontology: every classification, answered or not. Pure.

Labels may have been saved with errors, so nothing is assumed about their shape.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Attribute:
    """A question with its answers, empty if unanswered; `nested` are the questions below the chosen options."""

    title: str
    answers: tuple[str, ...]
    nested: tuple["Attribute", ...] = ()


@dataclass(frozen=True)
class Instance:
    """One answer to a classification, and its author; times are in Encord's format.

    `members` are the keys of the members of a data group that it is about.
    """

    root: Attribute
    created_by: str | None
    created_at: str | None
    edited_by: str | None
    edited_at: str | None
    is_manual: bool
    confidence: float | None
    members: tuple[str, ...] = ()

    @property
    def was_edited(self) -> bool:
        """Whether it was changed after it was created."""
        return self.edited_by is not None and (self.edited_by, self.edited_at) != (self.created_by, self.created_at)


@dataclass(frozen=True)
class Classification:
    """A classification of the ontology; one without instances is unanswered."""

    title: str
    instances: tuple[Instance, ...]


@dataclass(frozen=True)
class Labels:
    """All classifications in the ontology's order, answers that are not in the ontology, and the number of drawn objects.

    Of an item with frames these are the answers on one frame; `on_other_frames` counts the others.
    """

    classifications: tuple[Classification, ...]
    not_in_ontology: tuple[str, ...]
    objects: int
    on_other_frames: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there are no labels at all."""
        any_answer = any(each.instances for each in self.classifications)
        return not (self.not_in_ontology or self.objects or self.on_other_frames or any_answer)


def labels_of(
    editor: dict[str, Any],
    classification_answers: dict[str, Any],
    object_answers: dict[str, Any],
    keys: Mapping[str, str] | None = None,
    *,
    frame: int | None = None,
) -> Labels:
    """The labels of a label row; `editor` is the ontology's structure as the SDK sends it.

    `keys` are the layout keys of a data group's spaces. `frame` leaves out answers that are only on other frames.
    """
    every = [answer for answer in classification_answers.values() if isinstance(answer, dict)]
    given = every if frame is None else [answer for answer in every if _is_on(frame, answer.get("range"))]
    known = {str(classification.get("featureNodeHash")) for classification in editor.get("classifications", [])}
    return Labels(
        classifications=tuple(
            _classification(
                classification,
                [a for a in given if a.get("featureHash") == classification.get("featureNodeHash")],
                keys or {},
            )
            for classification in editor.get("classifications", [])
        ),
        not_in_ontology=tuple(_as_text(answer) for answer in given if str(answer.get("featureHash")) not in known),
        objects=len(object_answers),
        on_other_frames=len(every) - len(given),
    )


def _is_on(frame: int, ranges: object) -> bool:
    return any(
        isinstance(part, list)
        and len(part) == 2
        and all(isinstance(end, int) for end in part)
        and part[0] <= frame <= part[1]
        for part in _list(ranges)
    )


def _classification(
    classification: dict[str, Any], given: list[dict[str, Any]], keys: Mapping[str, str]
) -> Classification:
    attributes = classification.get("attributes") or [{}]
    return Classification(
        title=_text(attributes[0].get("name")) or "untitled",
        instances=tuple(_instance(attributes, answer, keys) for answer in given),
    )


def _instance(attributes: list[dict[str, Any]], answer: dict[str, Any], keys: Mapping[str, str]) -> Instance:
    by_feature = {
        _text(given.get("featureHash")): given.get("answers")
        for given in _list(answer.get("classifications"))
        if isinstance(given, dict)
    }
    confidence = answer.get("confidence")
    return Instance(
        root=_attribute(attributes[0], by_feature),
        created_by=_text(answer.get("createdBy")),
        created_at=_text(answer.get("createdAt")),
        edited_by=_text(answer.get("lastEditedBy")),
        edited_at=_text(answer.get("lastEditedAt")),
        is_manual=answer.get("manualAnnotation") is not False,
        confidence=confidence if isinstance(confidence, int | float) else None,
        members=tuple(keys.get(space, space) for space in answer.get("spaces") or ()),
    )


def _attribute(attribute: dict[str, Any], by_feature: dict[str | None, Any]) -> Attribute:
    title, given = _text(attribute.get("name")) or "untitled", by_feature.get(attribute.get("featureNodeHash"))
    if attribute.get("type") not in ("radio", "checklist"):
        return Attribute(title, () if given in (None, "") else (_as_text(given),))
    chosen = [option for option in _list(given) if isinstance(option, dict)]
    hashes = [option.get("featureHash") for option in chosen]
    options = [option for option in attribute.get("options", []) if option.get("featureNodeHash") in hashes]
    known = [option.get("featureNodeHash") for option in options]
    unknown = [option for option in chosen if option.get("featureHash") not in known]
    return Attribute(
        title,
        (
            *(_text(option.get("label")) or "unnamed option" for option in options),
            *(f"{_as_text(option.get('name') or option)} (not an option of the ontology)" for option in unknown),
        ),
        tuple(_attribute(nested, by_feature) for option in options for nested in _list(option.get("options"))),
    )


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
