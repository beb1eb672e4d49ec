"""The names of all settings, and variables that look like one but are not."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import cache

from pydantic import BaseModel

from judge_pipeline.settings.endpoints import PANEL, JudgeModelSettings
from judge_pipeline.settings.other_programs import is_of_another_program

FILE_OF: dict[str, str] = {}
"""The file that a variable of the environment comes from, if it does; env_file.py fills it."""

WORDS = {"PATH": "FILE", "ID": "HASH", "UUID": "HASH"}
"""Words that others use for the same, with the settings' own."""

DAGSTER_HOME = "DAGSTER_HOME"
"""Dagster's own variable, which the commands read too."""

OWN_PREFIX = re.compile(r"LLM_?\d|(ENCORD|JUDGE|CAPTION|ONTOLOGY|WORKFLOW|AGENT)_")
"""What begins like this is a setting, or another program's, or a mistake."""

MISSPELT = 0.88
"""How similar a name without such a beginning is to a setting, to be a misspelling of it. In capitals and digits alone,
ENCROD_PROJECT_HASH has 0.94, LLM1__MODEL without its 1 0.94, OPENAI_API_BASE 0.80 and DAGSTER_WEBSERVER_PORT 0.87."""


def setting_names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The variables of a model's fields; a group under a name of the user's choice has none."""
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name}".upper()
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_names(kind, f"{variable}__")
        elif f"{variable}__" != PANEL:
            yield variable


@cache
def all_names(model: type[BaseModel]) -> frozenset[str]:
    """All variables that this package reads, but for the panel's."""
    return frozenset({*setting_names(model), DAGSTER_HOME})


def is_setting(name: str, value: str, model: type[BaseModel]) -> bool:
    """Whether this package reads the variable."""
    name = name.upper()
    if f"{name}__".startswith(PANEL):
        judge, _, field = name.removeprefix(PANEL).partition("__")
        if not field:
            return value.lstrip().startswith("{")
        return bool(judge) and _known_part(field) in set(setting_names(JudgeModelSettings))
    groups = {known.partition("__")[0] for known in all_names(model) if "__" in known}
    return _known_part(name) in all_names(model) | groups


def _known_part(name: str) -> str:
    """Without the free fields below EXTRA_BODY."""
    beginning, free, _ = name.partition("EXTRA_BODY__")
    return f"{beginning}EXTRA_BODY" if free else name


def unknown_settings(variables: Mapping[str, str], model: type[BaseModel]) -> dict[str, str]:
    """The variables that were meant as settings and are not, each with the nearest setting. Empty ones count as not set."""
    return {
        name: nearest(name, model)
        for name, value in variables.items()
        if value
        and not is_setting(name, value, model)
        and not is_of_another_program(name, value)
        and is_meant_as_setting(name, model)
    }


def misspelt_sentence(names: Mapping[str, str], places: Mapping[str, str] = FILE_OF) -> str:
    """What to do about these names, each given with the nearest setting."""
    found = [f"{name} in {places.get(name, 'the environment')} (did you mean {near}?)" for name, near in names.items()]
    it, one = ("it", "it") if len(names) == 1 else ("them", "one")
    return (
        f"no such setting: {', '.join(found)}; correct or unset {it}; if another program needs {one}, "
        f"`env -u {next(iter(names))} judge-pipeline …` hides it"
    )


@cache
def is_meant_as_setting(name: str, model: type[BaseModel]) -> bool:
    """Whether a name is a setting or resembles one."""
    if OWN_PREFIX.match(_words(name)):
        return True
    letters = _letters(name)
    return any(
        abs(len(letters) - len(known)) <= 1 and _similarity(letters, known) >= MISSPELT
        for known in map(_letters, all_names(model))
    )


def nearest(name: str, model: type[BaseModel]) -> str:
    """The setting whose name is most like this one, by its letters and its words; two letters in the wrong order come first."""

    def likeness(known: str) -> tuple[bool, float, str]:
        words = SequenceMatcher(
            None, [WORDS.get(word, word) for word in _words(name).split("_")], _words(known).split("_")
        )
        is_swapped = sorted(_letters(name)) == sorted(_letters(known))
        return is_swapped, _similarity(_letters(name), _letters(known)) + words.ratio(), known

    return max([*all_names(model), *_panel_names(name)], key=likeness)


def _panel_names(name: str) -> Iterable[str]:
    """The settings of the panel judge that this name speaks of, if it does."""
    fields = list(setting_names(JudgeModelSettings))
    words = _words(name)
    named = re.fullmatch(rf"JUDGE_PANEL_(.+?)_({'|'.join(fields)})", words) or re.fullmatch(
        r"JUDGE_PANEL_([^_]+)(?:_.*)?", words
    )
    return [f"{PANEL}{named[1]}__{field}" for field in fields] if named else ()


def _words(name: str) -> str:
    """Capitals and digits, with one `_` for whatever stands between them."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def _letters(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "", name.upper())


def _similarity(one: str, other: str) -> float:
    """From 0 to 1."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
