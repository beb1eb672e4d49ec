"""Warnings about an ontology's form before a run: what is too large, and the consequences."""

from collections.abc import Iterator
from dataclasses import replace

from judge_pipeline.domain.answer_codec.form import Field
from judge_pipeline.domain.answer_codec.schema import answer_schema
from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.answer_codec.strict_limits import strict_limits_exceeded
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology, OntologyMismatch
from judge_pipeline.domain.ontology import Attribute

LARGEST_ENUM_CHARACTERS = 2_000_000
"""Limit for the labels of one radio or checklist: half of the longest available context, a million tokens."""


def form_warnings(judge_ontology: JudgeOntology) -> tuple[str, ...]:
    """One sentence for each warning; none if the whole form fits into one strict question.

    Raises:
        OntologyMismatch: an attribute is too large for any model.
    """
    sheet = AnswerSheet.blank(judge_ontology, shown_first=Captioner.LLM_8B)
    if sheet.part.is_all and sheet.part.is_strict:
        return ()
    warnings = []
    if exceeded := strict_limits_exceeded(answer_schema(sheet.open_fields, shown=sheet.blinding.hide)):
        warnings.append(
            f"the judge's form is too large for one strict question ({'; '.join(exceeded)}): "
            "it is asked in parts, one call each"
        )
    for attribute in _all(field.attribute for field in sheet.open_fields):
        characters = sum(len(option.label) for option in attribute.options)
        if characters > LARGEST_ENUM_CHARACTERS:
            raise OntologyMismatch(
                f"'{attribute.title}' has {len(attribute.options)} options with {characters} characters in total, more than "
                "any model accepts; archive most of them in Encord, or remove LLM from its classification's title"
            )
        bare = replace(attribute, options=tuple(replace(option, attributes=()) for option in attribute.options))
        if exceeded := strict_limits_exceeded(answer_schema([Field("field", bare, is_required=True)])):
            warnings.append(
                f"'{attribute.title}' is too large for strict mode by itself ({'; '.join(exceeded)}): servers with these limits "
                "are asked for it without a schema, and may need the repair round"
            )
    return tuple(warnings)


def _all(attributes: Iterator[Attribute]) -> Iterator[Attribute]:
    for attribute in attributes:
        yield attribute
        for option in attribute.options:
            yield from _all(iter(option.attributes))
