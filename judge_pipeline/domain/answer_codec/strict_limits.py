"""The size limits of strict mode, and by how much a JSON Schema exceeds them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StrictLimits:
    """The defaults are from OpenAI's structured outputs guide, February 2026; levels count nested objects.

    `characters` is the total over all names and enum values. An enum with more than `large_enum_values` values has its own
    character limit.
    """

    properties: int = 5_000
    levels: int = 10
    enum_values: int = 1_000
    characters: int = 120_000
    large_enum_values: int = 250
    large_enum_characters: int = 15_000


STRICT_LIMITS = StrictLimits()


def strict_limits_exceeded(schema: Mapping[str, Any], limits: StrictLimits = STRICT_LIMITS) -> tuple[str, ...]:
    """What exceeds strict mode, one phrase each; empty if the schema fits."""
    nodes = list(_nodes(schema, level=1))
    names = [name for node, _ in nodes for name in node.get("properties", ())]
    enums = [node["enum"] for node, _ in nodes if "enum" in node]
    values = [value for enum in enums for value in enum]
    levels = max(level for _, level in nodes)
    measured = [
        ("properties", len(names), limits.properties),
        ("levels", levels, limits.levels),
        ("enum values", len(values), limits.enum_values),
        ("characters in names and enum values", sum(map(len, (*names, *values))), limits.characters),
    ]
    measured += [
        (f"characters in an enum of {len(enum)} values", sum(map(len, enum)), limits.large_enum_characters)
        for enum in enums
        if len(enum) > limits.large_enum_values
    ]
    return tuple(f"{count} {what}, strict mode allows {limit}" for what, count, limit in measured if count > limit)


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
