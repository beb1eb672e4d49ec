"""Answers for tests: drawn from a schema alone as a constrained model would, and written back from what was decoded."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

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
from judge_pipeline.domain.ontology import Attribute, AttributeKind

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda t: t.strip() == t
)


def answers_to(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Every answer that the schema allows, lists without repetition and in the order of their enum."""
    if "anyOf" in schema:
        return st.one_of([answers_to(branch) for branch in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "object":
            properties = schema["properties"]
            drawn = st.fixed_dictionaries({key: answers_to(child) for key, child in properties.items()})
            return drawn.map(lambda found: {key: found[key] for key in properties})
        case "array":
            enum = schema["items"]["enum"]
            return st.sets(st.sampled_from(enum), max_size=schema["maxItems"]).map(
                lambda chosen: sorted(chosen, key=enum.index)
            )
        case "string":
            return texts
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


def encode(
    fields: Sequence[Field], answers: Mapping[str, Sequence[AttributeAnswer]], *, shown: Shown
) -> dict[str, Any]:
    """The JSON that decodes to these answers."""
    return {field.key: _encode(field.attribute, answers[field.key], shown) for field in fields}


def _encode(attribute: Attribute, answers: Sequence[AttributeAnswer], shown: Shown) -> Any:
    value = next((answer.value for answer in answers if answer.feature_hash == attribute.feature_hash), None)
    labels = option_labels(attribute.options, shown)
    if attribute.kind is AttributeKind.CHECKLIST:
        hashes = {chosen.feature_hash for chosen in value} if isinstance(value, tuple) else set()
        ticks = [option.feature_hash in hashes for option in attribute.options]
        if len(labels) > MOST_BOOLEANS:
            return [label for label, tick in zip(labels, ticks, strict=True) if tick]
        return dict(zip(property_keys(labels), ticks, strict=True))
    if not isinstance(value, ChosenOption):
        return value
    index = [option.feature_hash for option in attribute.options].index(value.feature_hash)
    if not any(option.attributes for option in attribute.options):
        return labels[index]
    nested = fields_for(attribute.options[index].attributes, shown=shown)
    return {CHOICE_KEY: labels[index]} | {field.key: _encode(field.attribute, answers, shown) for field in nested}


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The path of everything in an answer that is not an object, as problems name it."""
    if not isinstance(value, dict):
        yield path
        return
    for key, child in value.items():
        yield from leaves(child, f"{path}.{key}" if path else key)


def spoiled(value: Any, paths: Sequence[str], path: str = "") -> Any:
    """The answer with something at these paths that fits no attribute at all."""
    if path in paths:
        return {"nothing": "of the kind"} if isinstance(value, list) else ["nothing", "of the kind"]
    if not isinstance(value, dict):
        return value
    return {key: spoiled(child, paths, f"{path}.{key}" if path else key) for key, child in value.items()}
