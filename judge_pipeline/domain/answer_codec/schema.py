"""The JSON Schema of an answer, within the subset that strict mode, xgrammar, llguidance and llama.cpp all accept.

Every object is closed and every property required; only types, enums and nested `anyOf`, no references, no `oneOf`.
Subset and reasons: OpenAI's structured outputs guide; objects in one `anyOf` differ in the enum of their first key.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from judge_pipeline.domain.answer_codec.form import (
    CHOICE_KEY,
    MOST_BOOLEANS,
    Field,
    Shown,
    description,
    fields_for,
    option_labels,
    property_keys,
)
from judge_pipeline.domain.ontology import Attribute, AttributeKind
from judge_pipeline.domain.visible_text import visible_line

Schema = dict[str, Any]


def answer_schema(fields: Sequence[Field], *, shown: Shown = visible_line) -> Schema:
    """The schema of an object with these fields, in order. An attribute that is not required may be null."""
    properties = {}
    for field in fields:
        schema = _attribute(field.attribute, is_required=field.is_required, shown=shown)
        properties[field.key] = {"description": field.description, **schema} if field.description else schema
    return _object(properties)


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _attribute(attribute: Attribute, *, is_required: bool, shown: Shown) -> Schema:
    branches: list[Schema]
    match attribute.kind:
        case AttributeKind.CHECKLIST:
            return _checklist(attribute, shown)
        case AttributeKind.RADIO:
            branches = _radio(attribute, shown)
        case AttributeKind.TEXT:
            branches = [{"type": "string"}]
        case AttributeKind.NUMERIC:
            branches = [{"type": "number"}]
    if not is_required:
        branches.append({"type": "null"})
    return branches[0] if len(branches) == 1 else {"anyOf": branches}


def _radio(attribute: Attribute, shown: Shown) -> list[Schema]:
    labels = option_labels(attribute.options, shown)
    flat = [label for option, label in zip(attribute.options, labels, strict=True) if not option.attributes]
    if len(flat) == len(labels):
        return [_enum(flat)]
    branches = []
    for option, label in zip(attribute.options, labels, strict=True):
        if option.attributes:
            nested = answer_schema(fields_for(option.attributes, shown=shown), shown=shown)
            branches.append(_object({CHOICE_KEY: _enum([label]), **nested["properties"]}))
    if flat:
        branches.append(_object({CHOICE_KEY: _enum(flat)}))
    return branches


def _checklist(attribute: Attribute, shown: Shown) -> Schema:
    labels = option_labels(attribute.options, shown)
    if len(labels) > MOST_BOOLEANS:
        return {"type": "array", "items": _enum(labels), "maxItems": len(labels)}
    properties: dict[str, Schema] = {}
    for key, label in zip(property_keys(labels), labels, strict=True):
        title = description(key, label)
        properties[key] = {"description": title, "type": "boolean"} if title else {"type": "boolean"}
    return _object(properties)


def _enum(labels: Sequence[str]) -> Schema:
    return {"type": "string", "enum": list(labels)}
