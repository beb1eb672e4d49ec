"""docs/settings.md, made from `Settings`: `python -m judge_pipeline_tests.docs.settings_page > docs/settings.md`."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from judge_pipeline.settings.settings import Settings

BEGINNING = """\
# Settings

Environment variables, read in one place (`judge_pipeline.settings.settings`). `judge-pipeline doctor` checks them without cost;
whatever is missing or wrong ends in one sentence that names the setting. `demo` reads none of them.

As long as neither `ENCORD_DOMAIN` nor a key is set, the embedded Encord and the measured descriptions are used. Beside the
embedded Encord a model group may name an endpoint of its own; with an Encord of yours, all three must: no endpoint has
a default model, but for `AGENT`, which is [the editor's agent](editor-agent.md) alone and without any word asks `gpt-4o`
at OpenAI.

| variable | value | default | meaning |
|---|---|---|---|
"""
LIMITS = {"minimum": "at least {}", "exclusiveMinimum": "more than {}", "maximum": "at most {}"}
KINDS = {"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text", "object": "JSON"}
FORMATS = {"password": "text, secret", "path": "path"}


def settings_page() -> str:
    """The whole page."""
    schema = Settings.model_json_schema()
    return BEGINNING + "".join(f"| {' | '.join(row)} |\n" for row in _rows(schema, schema["$defs"]))


def _rows(
    schema: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]], prefix: str = ""
) -> Iterator[tuple[str, ...]]:
    for name, field in schema["properties"].items():
        resolved = _resolved(field, groups)
        if "properties" in resolved:
            yield from _rows(resolved, groups, prefix=f"{name}__")
        elif named := _named_group(resolved, groups):
            shown = f"`{prefix}{name}__<NAME>__…`".upper()
            yield shown, f"a group: {', '.join(f'`{each}`'.upper() for each in named)}", "", field["description"]
        else:
            shown = f"`{prefix}{name}`".upper()
            yield shown, _value(resolved), _default(field.get("default")), field["description"]


def _default(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    return "" if value in (None, "") else f"`{value}`"


def _named_group(schema: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The fields of each group where groups stand under names of one's own."""
    others = schema.get("additionalProperties")
    return list(_resolved(others, groups).get("properties", ())) if isinstance(others, dict) else []


def _resolved(field: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The field's own schema, without its `null` and behind its reference."""
    schema: Mapping[str, Any]
    (schema,) = [each for each in field.get("anyOf", [field]) if each.get("type") != "null"]
    reference = schema.get("$ref")
    return groups[reference.rpartition("/")[2]] if reference else schema


def _value(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{option}`" for option in schema["enum"])
    if schema["type"] == "array":
        return f"list of {_value(schema['items'])}, separated by commas"
    kind = FORMATS.get(schema.get("format", "")) or KINDS[schema["type"]]
    return ", ".join([kind, *(words.format(schema[limit]) for limit, words in LIMITS.items() if limit in schema)])


if __name__ == "__main__":
    sys.stdout.write(settings_page())
