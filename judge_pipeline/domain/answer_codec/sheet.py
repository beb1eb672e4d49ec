"""The judge's answer sheet: the form for one order of the captions, filled in at once or part by part."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from judge_pipeline.domain.answer_codec.decoding import Answers, decode_answer
from judge_pipeline.domain.answer_codec.form import Field
from judge_pipeline.domain.answer_codec.form_parts import first_part, left_open
from judge_pipeline.domain.answer_codec.json_object import read_json_object
from judge_pipeline.domain.answer_codec.judge_form import judge_fields
from judge_pipeline.domain.answer_codec.schema import Schema, answer_schema
from judge_pipeline.domain.answer_codec.strict_limits import STRICT_LIMITS, StrictLimits, strict_limits_exceeded
from judge_pipeline.domain.blinding import Blinding
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.ruling import Ruling, ruling_of


@dataclass(frozen=True, slots=True)
class FormPart:
    """What one question asks for. `schema_text` is the schema as JSON; `is_all` means that nothing else is open."""

    fields: tuple[Field, ...]
    schema: Schema
    schema_text: str
    is_strict: bool
    is_all: bool


@dataclass(frozen=True)
class AnswerSheet:
    """A partly filled-in form. `raw_answers` are the judge's answers as received, one for each part."""

    blinding: Blinding
    open_fields: tuple[Field, ...]
    limits: StrictLimits = STRICT_LIMITS
    answers: Mapping[str, Answers] = field(default_factory=dict)
    raw_answers: tuple[str, ...] = ()

    @classmethod
    def blank(
        cls, judge_ontology: JudgeOntology, *, shown_first: Captioner, limits: StrictLimits = STRICT_LIMITS
    ) -> "AnswerSheet":
        """An empty sheet. Schemas stay within `limits` where the form can be split that far."""
        return _blank(judge_ontology, shown_first, limits)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to ask."""
        return not self.open_fields

    @cached_property
    def part(self) -> FormPart:
        """What to ask next."""
        return _part(self.open_fields, self.blinding, self.limits)

    @property
    def answered_so_far(self) -> str:
        """The judge's answers so far, one JSON object per line; empty before the first part."""
        return "\n".join(json.dumps(read_json_object(text)[0], ensure_ascii=False) for text in self.raw_answers)

    def fill_in(self, text: str) -> "AnswerSheet":
        """The sheet with the answer to the next part filled in; text around the JSON is ignored.

        Raises:
            UnusableAnswer: lists every problem in the words of the question, so that it can be sent back to the judge.
        """
        asked = self.part.fields
        value, problems = read_json_object(text)
        try:
            decoded = decode_answer(asked, value, shown=self.blinding.hide)
        except UnusableAnswer as unusable:
            raise UnusableAnswer([*problems, *unusable.problems]) from None
        if problems:
            raise UnusableAnswer(problems)
        begun = [
            left_open(whole, part, decoded[part.key]) for whole, part in zip(self.open_fields, asked, strict=False)
        ]
        return replace(
            self,
            open_fields=(*(each for each in begun if each is not None), *self.open_fields[len(asked) :]),
            answers={
                **self.answers,
                **{key: _joined(self.answers.get(key, ()), more) for key, more in decoded.items()},
            },
            raw_answers=(*self.raw_answers, text),
        )

    def ruling(self) -> Ruling:
        """The ruling on a complete sheet."""
        return ruling_of(self.answers, self.blinding, text="\n".join(self.raw_answers))


@lru_cache(maxsize=8)
def _blank(judge_ontology: JudgeOntology, shown_first: Captioner, limits: StrictLimits) -> AnswerSheet:
    """Cached, because all images of a project begin with the same sheet, one for each order."""
    blinding = Blinding(judge_ontology, shown_first)
    return AnswerSheet(blinding, judge_fields(blinding), limits)


@lru_cache(maxsize=32)
def _part(open_fields: tuple[Field, ...], blinding: Blinding, limits: StrictLimits) -> FormPart:
    """Cached, because the schema is the same for all images of a project and differs only by order."""

    def fits(fields: Sequence[Field]) -> bool:
        return not strict_limits_exceeded(answer_schema(fields, shown=blinding.hide), limits)

    fields = first_part(open_fields, fits)
    schema = answer_schema(fields, shown=blinding.hide)
    return FormPart(
        fields=fields,
        schema=schema,
        schema_text=json.dumps(schema, ensure_ascii=False, separators=(",", ":")),
        is_strict=not strict_limits_exceeded(schema, limits),
        is_all=fields == open_fields,
    )


def _joined(earlier: Answers, later: Answers) -> Answers:
    """Both, without the answers that the later part repeats."""
    there = {answer.feature_hash for answer in earlier}
    return (*earlier, *(answer for answer in later if answer.feature_hash not in there))
