"""What is to be known about an ontology's form before a run: where it is too large, and what that means."""

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
"""Of one radio's or checklist's labels: half of what the longest contexts on offer hold, a million tokens."""


def form_warnings(judge_ontology: JudgeOntology) -> tuple[str, ...]:
    """Warnings, a sentence each; none when the whole form fits into one strict question.

    Raises:
        OntologyMismatch: something cannot be asked of any model.
    """
    sheet = AnswerSheet.blank(judge_ontology, shown_first=Captioner.LLM_8B)
    if sheet.part.is_all and sheet.part.is_strict:
        return ()
    findings = []
    if exceeded := strict_limits_exceeded(answer_schema(sheet.open_fields, shown=sheet.blinding.hide)):
        findings.append(
            f"the judge's form is too large for one strict question ({'; '.join(exceeded)}): "
            "it is asked in parts, each a call of its own"
        )
    for attribute in _all(field.attribute for field in sheet.open_fields):
        characters = sum(len(option.label) for option in attribute.options)
        if characters > LARGEST_ENUM_CHARACTERS:
            raise OntologyMismatch(
                f"'{attribute.title}' has {len(attribute.options)} options of {characters} characters together, more than "
                "any model can be shown; archive most of them in Encord, or leave LLM out of its classification's title"
            )
        bare = replace(attribute, options=tuple(replace(option, attributes=()) for option in attribute.options))
        if exceeded := strict_limits_exceeded(answer_schema([Field("field", bare, is_required=True)])):
            findings.append(
                f"'{attribute.title}' alone is too large for strict mode ({'; '.join(exceeded)}): servers with such limits "
                "are asked for it without a schema to hold them, and may need the round of repair"
            )
    return tuple(findings)


def _all(attributes: Iterator[Attribute]) -> Iterator[Attribute]:
    for attribute in attributes:
        yield attribute
        for option in attribute.options:
            yield from _all(iter(option.attributes))
