"""Generates docs/statistics-functions.md: `python -m judge_pipeline_tests.docs.statistics_page > docs/statistics-functions.md`."""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from judge_pipeline.domain import statistics

BEGINNING = """\
# Statistics: functions

Every public name of `judge_pipeline.domain.statistics` with its docstring, generated from the code. What each is for, its formula and
when it is undefined: [statistics](statistics.md).
"""

RAISES = re.compile(r"^Raises:\n {4}(\w+): ((?:.*\n?)+)", re.MULTILINE)


def statistics_page() -> str:
    """The whole page."""
    named = {name: getattr(statistics, name) for name in statistics.__all__}
    functions = {name: value for name, value in named.items() if inspect.isfunction(value)}
    results = {name: value for name, value in named.items() if inspect.isclass(value)}
    return "".join(
        [
            BEGINNING,
            "\n## Functions\n",
            *(line for name, value in functions.items() for line in _function(name, value)),
            "\n## Results\n",
            *(line for name, value in results.items() for line in _result(name, value)),
        ]
    )


def _function(name: str, value: Any) -> Iterator[str]:
    signature = inspect.signature(value)
    parameters = [_parameter(each) for each in signature.parameters.values()]
    keyword = next((i for i, each in enumerate(signature.parameters.values()) if each.kind == each.KEYWORD_ONLY), None)
    if keyword is not None and not any(each.startswith("*") for each in parameters):
        parameters.insert(keyword, "*")
    yield f"\n### `{name}`\n\n```python\n{name}({', '.join(parameters)}) -> {_type(signature.return_annotation)}\n```\n\n"
    yield f"{_prose(value)}\n"


def _parameter(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind == parameter.VAR_POSITIONAL else ""
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"{star}{parameter.name}: {_type(parameter.annotation)}{default}"


def _type(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)


def _result(name: str, value: Any) -> Iterator[str]:
    yield f"\n### `{name}`\n\n{_prose(value)}\n"
    if is_dataclass(value):
        yield f"\nFields: {', '.join(f'`{each.name}`' for each in fields(value))}.\n"
    elif issubclass(value, Enum):
        yield f"\nMembers: {', '.join(f'`{each.value}`' for each in value)}.\n"


def _prose(value: Any) -> str:
    """The docstring; what it raises becomes its last sentence."""
    return RAISES.sub(lambda block: f"Raises `{block[1]}`: {inspect.cleandoc(block[2])}", inspect.getdoc(value) or "")


if __name__ == "__main__":
    sys.stdout.write(statistics_page())
