"""What strict mode refuses in a JSON Schema, and whether a value fits one: written from the published subset alone."""

from collections.abc import Iterator, Mapping
from typing import Any

ALLOWED = {
    "object": {"type", "description", "properties", "required", "additionalProperties"},
    "array": {"type", "description", "items", "maxItems"},
    "string": {"type", "description", "enum"},
    "number": {"type", "description"},
    "boolean": {"type", "description"},
    "null": {"type"},
}


def violations(schema: Mapping[str, Any], path: str = "$") -> Iterator[str]:
    if path == "$" and schema.get("type") != "object":
        yield "the root is not an object"
    if "anyOf" in schema:
        if extra := schema.keys() - {"anyOf", "description"}:
            yield f"{path}: {extra} next to anyOf"
        if len(schema["anyOf"]) < 2:
            yield f"{path}: anyOf of one"
        yield from _alike_branches(schema["anyOf"], path)
        for index, branch in enumerate(schema["anyOf"]):
            yield from violations(branch, f"{path}|{index}")
        return
    if extra := schema.keys() - ALLOWED[schema["type"]]:
        yield f"{path}: {extra} not allowed"
    if schema["type"] == "object":
        if schema["additionalProperties"] is not False:
            yield f"{path}: not closed"
        if schema["required"] != list(schema["properties"]):
            yield f"{path}: required differs from properties"
        for key, child in schema["properties"].items():
            if not key.isascii():
                yield f"{path}: key {key!r} is not ASCII"
            yield from violations(child, f"{path}.{key}")
    if schema["type"] == "array":
        yield from violations(schema["items"], f"{path}[]")
    if "enum" in schema and not 0 < len(set(schema["enum"])) == len(schema["enum"]):
        yield f"{path}: enum is empty or repeats itself"


def _alike_branches(branches: list[dict[str, Any]], path: str) -> Iterator[str]:
    """Objects in one anyOf must differ in the enum of their first key, with no value in two of them."""
    firsts = [next(iter(branch["properties"].values())) for branch in branches if branch.get("type") == "object"]
    values = [value for first in firsts for value in first["enum"]]
    if len(set(values)) < len(values):
        yield f"{path}: branches cannot be distinguished"


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(fits(value, branch) for branch in schema["anyOf"])
    match schema["type"]:
        case "object":
            properties = schema["properties"]
            return (
                isinstance(value, dict)
                and list(value) == list(properties)
                and all(fits(value[k], properties[k]) for k in value)
            )
        case "array":
            return (
                isinstance(value, list)
                and len(value) <= schema["maxItems"]
                and all(fits(v, schema["items"]) for v in value)
            )
        case "string":
            return isinstance(value, str) and ("enum" not in schema or value in schema["enum"])
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case _:
            return value is None
