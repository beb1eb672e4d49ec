"""How large a JSON Schema strict mode takes, and by how much one is larger."""

from collections.abc import Iterator, Mapping
from typing import Any

MOST_PROPERTIES = 5_000
MOST_LEVELS = 10
MOST_ENUM_VALUES = 1_000
MOST_CHARACTERS = 120_000
LARGE_ENUM_VALUES = 250
LARGE_ENUM_CHARACTERS = 15_000
"""All six from OpenAI's structured outputs guide, February 2026; levels are objects within objects."""


def strict_limits_exceeded(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What is too large for strict mode, one sentence each; empty when the schema fits."""
    nodes = list(_nodes(schema, level=1))
    names = [name for node, _ in nodes for name in node.get("properties", ())]
    enums = [node["enum"] for node, _ in nodes if "enum" in node]
    values = [value for enum in enums for value in enum]
    levels = max(level for _, level in nodes)
    measured = [
        ("properties", len(names), MOST_PROPERTIES),
        ("levels", levels, MOST_LEVELS),
        ("enum values", len(values), MOST_ENUM_VALUES),
        ("characters in names and enum values", sum(map(len, (*names, *values))), MOST_CHARACTERS),
    ]
    measured += [
        (f"characters in an enum of {len(enum)} values", sum(map(len, enum)), LARGE_ENUM_CHARACTERS)
        for enum in enums
        if len(enum) > LARGE_ENUM_VALUES
    ]
    return tuple(f"{count} {what}, strict mode takes {limit}" for what, count, limit in measured if count > limit)


def _nodes(schema: Mapping[str, Any], *, level: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    yield schema, level
    for child in schema.get("properties", {}).values():
        yield from _nodes(child, level=level + _is_object(child))
    for branch in schema.get("anyOf", ()):
        yield from _nodes(branch, level=level + _is_object(branch))
    if "items" in schema:
        yield from _nodes(schema["items"], level=level)


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object"
