"""The decoder: goes through the same fields as the schema and reports everything that does not fit."""

import json
import math
from collections.abc import Mapping, Sequence

from judge_pipeline.domain.answer_codec.form import (
    CHOICE_KEY,
    MOST_BOOLEANS,
    Field,
    Shown,
    fields_for,
    option_labels,
    property_keys,
)
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Option
from judge_pipeline.domain.visible_text import visible_line

Answers = tuple[AttributeAnswer, ...]

_MOST_LABELS = 30
_LONGEST_FINDING = 80


def decode_answer(fields: Sequence[Field], value: object, *, shown: Shown = visible_line) -> dict[str, Answers]:
    """The answers by field key, parents before children; an empty field has no answers.

    Raises:
        UnusableAnswer: lists every problem with its path.
    """
    decoder = _Decoder(shown)
    answers = decoder.fields(fields, value, path="")
    if decoder.problems:
        raise UnusableAnswer(decoder.problems)
    return answers


class _Decoder:
    """Decodes one answer. A method that finds a problem records it and returns no answers."""

    def __init__(self, shown: Shown) -> None:
        self.problems: list[str] = []
        self._shown = shown

    def fields(self, fields: Sequence[Field], value: object, *, path: str) -> dict[str, Answers]:
        found = self._object(value, [field.key for field in fields], path)
        return {
            field.key: self._attribute(field, found[field.key], _join(path, field.key)) if field.key in found else ()
            for field in fields
        }

    def _attribute(self, field: Field, value: object, path: str) -> Answers:
        attribute = field.attribute
        if attribute.kind is AttributeKind.CHECKLIST:
            return self._checklist(attribute, value, path, is_required=field.is_required)
        if value is None:
            return self._nothing(path, "null") if field.is_required else ()
        match attribute.kind:
            case AttributeKind.RADIO:
                return self._radio(attribute, value, path)
            case AttributeKind.TEXT:
                return self._text(attribute, value, path, is_required=field.is_required)
            case AttributeKind.NUMERIC:
                return self._numeric(attribute, value, path)

    def _radio(self, attribute: Attribute, value: object, path: str) -> Answers:
        labels = option_labels(attribute.options, self._shown)
        if not any(option.attributes for option in attribute.options):
            option = self._option(attribute.options, labels, value, path)
            return () if option is None else (_answer(attribute, _chosen(option)),)
        if not isinstance(value, Mapping):
            return self._unexpected(path, "an object", value)
        if CHOICE_KEY not in value:
            return self._missing(_join(path, CHOICE_KEY))
        option = self._option(attribute.options, labels, value[CHOICE_KEY], _join(path, CHOICE_KEY))
        if option is None:
            return ()
        nested = {key: item for key, item in value.items() if key != CHOICE_KEY}
        children = self.fields(fields_for(option.attributes, shown=self._shown), nested, path=path)
        return (_answer(attribute, _chosen(option)), *(answer for answers in children.values() for answer in answers))

    def _option(self, options: Sequence[Option], labels: Sequence[str], value: object, path: str) -> Option | None:
        if isinstance(value, str) and value in labels:
            return options[labels.index(value)]
        self._unexpected(path, _one_of(labels), value)
        return None

    def _checklist(self, attribute: Attribute, value: object, path: str, *, is_required: bool) -> Answers:
        labels = option_labels(attribute.options, self._shown)
        problems_before = len(self.problems)
        if len(labels) > MOST_BOOLEANS:
            chosen = self._listed(attribute.options, labels, value, path)
        else:
            chosen = self._ticked(attribute.options, property_keys(labels), value, path)
        if chosen:
            return (_answer(attribute, tuple(_chosen(option) for option in chosen)),)
        if is_required and len(self.problems) == problems_before:
            return self._nothing(path, "nothing chosen")
        return ()

    def _ticked(self, options: Sequence[Option], keys: Sequence[str], value: object, path: str) -> list[Option]:
        found = self._object(value, keys, path)
        for key in keys:
            if key in found and not isinstance(found[key], bool):
                self._unexpected(_join(path, key), "true or false", found[key])
        return [option for option, key in zip(options, keys, strict=True) if found.get(key) is True]

    def _listed(self, options: Sequence[Option], labels: Sequence[str], value: object, path: str) -> list[Option]:
        if not isinstance(value, list):
            self._unexpected(path, "a list", value)
            return []
        for index, item in enumerate(value):
            if item not in labels:
                self._unexpected(f"{path}[{index}]", _one_of(labels), item)
        return [option for option, label in zip(options, labels, strict=True) if label in value]

    def _text(self, attribute: Attribute, value: object, path: str, *, is_required: bool) -> Answers:
        if not isinstance(value, str):
            return self._unexpected(path, "a text", value)
        text = value.strip()
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
            return self._unexpected(path, "a text without null characters and lone surrogates", value)
        if not text:
            return self._nothing(path, "an empty text") if is_required else ()
        return (_answer(attribute, text),)

    def _numeric(self, attribute: Attribute, value: object, path: str) -> Answers:
        number = _finite(value)
        return self._unexpected(path, "a finite number", value) if number is None else (_answer(attribute, number),)

    def _object(self, value: object, keys: Sequence[str], path: str) -> Mapping[str, object]:
        if not isinstance(value, Mapping):
            self._unexpected(path, "an object", value)
            return {}
        for key in keys:
            if key not in value:
                self._missing(_join(path, key))
        for key in value:
            if key not in keys:
                self.problems.append(f"{_named(path)}: unexpected key {_shortened(key)}")
        return value

    def _missing(self, path: str) -> Answers:
        self.problems.append(f"{path}: missing")
        return ()

    def _nothing(self, path: str, found: str) -> Answers:
        self.problems.append(f"{path}: an answer is required, found {found}")
        return ()

    def _unexpected(self, path: str, expected: str, found: object) -> Answers:
        self.problems.append(f"{_named(path)}: expected {expected}, found {_shortened(found)}")
        return ()


def _answer(attribute: Attribute, value: ChosenOption | tuple[ChosenOption, ...] | str | float) -> AttributeAnswer:
    return AttributeAnswer(attribute.feature_hash, attribute.title, value)


def _chosen(option: Option) -> ChosenOption:
    return ChosenOption(option.feature_hash, option.label)


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _named(path: str) -> str:
    return path or "the answer"


def _one_of(labels: Sequence[str]) -> str:
    named = ", ".join(f'"{label}"' for label in labels[:_MOST_LABELS])
    rest = f" and {len(labels) - _MOST_LABELS} more" if len(labels) > _MOST_LABELS else ""
    return f"one of {named}{rest}" if len(labels) > 1 else named


def _shortened(found: object) -> str:
    if isinstance(found, Mapping):
        return "an object"
    if isinstance(found, list):
        return f"a list of {len(found)}"
    shown = visible_line(json.dumps(found, ensure_ascii=False))
    return shown if len(shown) <= _LONGEST_FINDING else f"{shown[:_LONGEST_FINDING]}…"
