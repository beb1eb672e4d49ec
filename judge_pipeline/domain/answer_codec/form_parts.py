"""Splitting a form that is too large for one question: what to ask first, and what remains after the answer.

As many fields as fit go together. A radio that does not fit at all is asked without its options' attributes; those of the
chosen option follow in a later part, under that option only.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from judge_pipeline.domain.answer_codec.form import Field
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption
from judge_pipeline.domain.ontology import Attribute

Fits = Callable[[Sequence[Field]], bool]
"""Whether the fields fit into one question. If some fields fit, so do fewer of them."""


def first_part(fields: Sequence[Field], fits: Fits) -> tuple[Field, ...]:
    """The fields of the next question: the first ones in full, or the beginning of the first one.

    A radio or checklist with too many options cannot be split and is returned although it does not fit.
    """
    if count := _most(len(fields), lambda n: fits(fields[:n])):
        return tuple(fields[:count])
    first = fields[0]
    beginning = _beginning(first.attribute, lambda attribute: fits([replace(first, attribute=attribute)]))
    return (replace(first, attribute=beginning),)


def left_open(whole: Field, asked: Field, answers: Sequence[AttributeAnswer]) -> Field | None:
    """What remains to be asked of a field after the answers to part of it; None when it is complete."""
    rest = _rest(whole.attribute, asked.attribute, answers)
    return None if rest is None else replace(whole, attribute=rest, is_required=True)


def _beginning(attribute: Attribute, fits: Callable[[Attribute], bool]) -> Attribute:
    if fits(attribute) or not any(option.attributes for option in attribute.options):
        return attribute
    if len(attribute.options) > 1:
        return replace(attribute, options=tuple(replace(option, attributes=()) for option in attribute.options))
    nested = attribute.options[0].attributes
    if count := _most(len(nested), lambda n: fits(_narrowed(attribute, nested[:n]))):
        return _narrowed(attribute, nested[:count])
    return _narrowed(attribute, [_beginning(nested[0], lambda first: fits(_narrowed(attribute, [first])))])


def _rest(whole: Attribute, asked: Attribute, answers: Sequence[AttributeAnswer]) -> Attribute | None:
    values = [answer.value for answer in answers if answer.feature_hash == whole.feature_hash]
    if asked == whole or not values or not isinstance(chosen := values[0], ChosenOption):
        return None
    option, asked_option = (
        next(option for option in attribute.options if option.feature_hash == chosen.feature_hash)
        for attribute in (whole, asked)
    )
    begun = {attribute.feature_hash: attribute for attribute in asked_option.attributes}
    rest = [
        more
        for attribute in option.attributes
        if (
            more := _rest(attribute, begun[attribute.feature_hash], answers)
            if attribute.feature_hash in begun
            else attribute
        )
    ]
    return _narrowed(replace(whole, required=True, options=(option,)), rest) if rest else None


def _narrowed(attribute: Attribute, nested: Sequence[Attribute]) -> Attribute:
    """A radio with only its first option, and only these attributes under it."""
    return replace(attribute, options=(replace(attribute.options[0], attributes=tuple(nested)),))


def _most(count: int, holds: Callable[[int], bool]) -> int:
    """The largest number from 0 to `count` for which `holds` is true; it is true for every smaller one."""
    if holds(count):
        return count
    low, high = 0, count - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low
