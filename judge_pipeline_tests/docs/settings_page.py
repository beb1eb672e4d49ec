"""Generates docs/settings.md from `Settings`: `python -m judge_pipeline_tests.docs.settings_page > docs/settings.md`."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from judge_pipeline.settings.settings import Settings

BEGINNING = """\
# Settings

All settings are environment variables, or lines of the file `.env` in the working directory. `judge-pipeline doctor` checks
them at no cost; if one is missing, misspelt or invalid, the error is one sentence that names it. `demo` ignores them all.

## The file `.env`

`judge-pipeline init` writes one, readable by you alone. Every command reads it as Dagster does, with python-dotenv: `NAME=value`,
`export`, quotes, comments, `${NAME}` and `${NAME:-default}`. All its variables become part of the command's environment, also
`DAGSTER_HOME`. `--env-file` names another file instead. Each command says on standard error where its settings come from:

```text
judge-pipeline: settings: 1 from the environment (not from the file: LLM1__MODEL), 9 from /home/me/captions/.env
```

A variable that is set in the environment wins, also with an empty value, which counts as not set. Dagster's own commands put
the file over the environment; the code location undoes that, so that `dagster dev` and `judge-pipeline run` in one folder work
with the same settings. It needs `/proc` for that, which macOS lacks: there, the file wins in Dagster's commands. For
`DAGSTER_HOME` it does so everywhere, unless the line reads `DAGSTER_HOME=${DAGSTER_HOME:-/path}`, as `init` writes it.
`--home` and `--env-file` are options of `judge-pipeline` only: Dagster's commands take `JUDGE_PIPELINE_HOME` and the `.env` of
their working directory.

A variable that looks like a setting and is not stops every command and the code location, with the likely name. So does a line
of the file without a value. [Variables of other programs](../judge_pipeline/settings/other_programs.py) with similar names are left
alone; `env -u NAME judge-pipeline …` hides one that is not listed there.

## All settings

Without `ENCORD_DOMAIN` and an Encord key, the pipeline uses the embedded Encord and its measured descriptions. With the
embedded Encord, each of `LLM1`, `LLM2` and `JUDGE` may have an endpoint of its own; with your Encord, all three need one.
No endpoint has a default model, except `AGENT`, the endpoint of [the editor's agent](editor-agent.md), which asks `gpt-4o`
at OpenAI by default.

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
        elif fields := _fields_of_named_groups(resolved, groups):
            variable = f"`{prefix}{name}__<NAME>__…`".upper()
            yield variable, f"a group: {', '.join(f'`{each}`'.upper() for each in fields)}", "", field["description"]
        else:
            variable = f"`{prefix}{name}`".upper()
            yield variable, _value(resolved), _default(field.get("default")), field["description"]


def _default(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    return "" if value in (None, "") else f"`{value}`"


def _fields_of_named_groups(schema: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The fields of groups with user-defined names; empty for any other schema."""
    others = schema.get("additionalProperties")
    return list(_resolved(others, groups).get("properties", ())) if isinstance(others, dict) else []


def _resolved(field: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The field's schema without `null`, with its reference resolved."""
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
