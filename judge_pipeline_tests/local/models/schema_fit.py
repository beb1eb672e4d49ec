"""Validates a value against a JSON Schema, for the keywords that model servers support; written only from the specification."""

from collections.abc import Iterator, Mapping
from operator import ge, gt, le, lt
from typing import Any

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def violations(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], path: str = "$") -> Iterator[str]:
    """The violations of `value`; none if it is valid."""
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from violations(target, value, root, path)
        return
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema and all(list(violations(branch, value, root, path)) for branch in schema[keyword]):
            yield f"{path}: {value!r} fits no branch of {keyword}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']!r}"
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_is_of_type(kind, value) for kind in kinds):
            yield f"{path}: {value!r} is not of type {kinds}"
    if isinstance(value, dict):
        yield from _object_violations(schema, value, root, path)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{path}: {len(value)} items"
        for index, item in enumerate(value):
            yield from violations(schema.get("items", {}), item, root, f"{path}[{index}]")
    elif isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{path}: too long"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_violations(schema, value, path)


def _is_of_type(kind: str, value: Any) -> bool:
    if kind in ("number", "integer"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and (kind == "number" or value == int(value))
    return isinstance(value, TYPES[kind])


def _object_violations(
    schema: Mapping[str, Any], value: dict[str, Any], root: Mapping[str, Any], path: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}: {name} is missing"
    for name, part in value.items():
        if name in properties:
            yield from violations(properties[name], part, root, f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{path}: {name} is too much"


def _number_violations(schema: Mapping[str, Any], value: float, path: str) -> Iterator[str]:
    comparisons = {"minimum": ge, "maximum": le, "exclusiveMinimum": gt, "exclusiveMaximum": lt}
    for keyword, holds in comparisons.items():
        if keyword in schema and not holds(value, schema[keyword]):
            yield f"{path}: {value} breaks {keyword} {schema[keyword]}"
