"""The judge's question: two anonymous captions of one image, quoted as data, and the form to fill in about them."""

import hashlib
from string import Template

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.answer_codec.judge_form import JUDGE_CHOICE_KEY
from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.model_answer import Question
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.visible_text import delimited

ANSWER_TOKENS = 1_500
"""The seed's form takes about 250 tokens; the rest is for long suggestions."""

THINKING_TOKENS = 4_000
"""Extra room for a model that thinks before it answers."""

SCHEMA_CHARACTERS_PER_TOKEN = 3
"""A completed form is never longer than its schema, apart from suggestions; English JSON has three to four characters a token."""


def judge_question(
    sheet: AnswerSheet, *, caption_8b: str, caption_16b: str, nonce: str, alignment: Alignment = NOT_ALIGNED
) -> Question:
    """The question for the next part of the sheet: all of it, unless the form is very large.

    The sheet determines which caption is Caption A. `nonce` must not occur in either caption, nor in those of the alignment.
    """
    part = sheet.part
    captions = (caption_8b, caption_16b)
    is_swapped = sheet.blinding.shown_first is Captioner.LLM_16B
    if is_swapped:
        captions = (caption_16b, caption_8b)
    text = Template(prompt("judge").text).substitute(
        caption_a=delimited("CAPTION A", captions[0], nonce),
        caption_b=delimited("CAPTION B", captions[1], nonce),
        schema="\n\n".join([_json_block(part.schema_text), *_about_the_part(sheet, nonce)]),
    )
    aligned = alignment.text(nonce, is_swapped=is_swapped)
    return Question(
        prompt("judge_system").text,
        f"{aligned}\n\n{text}" if aligned else text,
        ANSWER_TOKENS + THINKING_TOKENS + len(part.schema_text) // SCHEMA_CHARACTERS_PER_TOKEN,
        schema=part.schema,
        schema_name="judgement",
        is_strict=part.is_strict,
        pictures=alignment.pictures(),
        choice_key=JUDGE_CHOICE_KEY if JUDGE_CHOICE_KEY in part.schema["properties"] else "",
    )


def judge_prompt_version(alignment: Alignment = NOT_ALIGNED) -> str:
    """The first 12 hex digits of the sha256 over the versions of all the judge's prompts, and of its alignment if it has one."""
    versions = " ".join(prompt(name).version for name in ("judge_system", "judge", "judge_part", "judge_answered"))
    if alignment != NOT_ALIGNED:
        versions += f" {prompt('judge_alignment').version} {alignment.version}"
    return hashlib.sha256(versions.encode()).hexdigest()[:12]


def _about_the_part(sheet: AnswerSheet, nonce: str) -> list[str]:
    """What the judge needs to know when it fills in the form part by part."""
    if sheet.part.is_all and not sheet.raw_answers:
        return []
    answers = delimited("YOUR ANSWERS", sheet.answered_so_far, nonce)
    earlier = [Template(prompt("judge_answered").text).substitute(answered=answers)] if sheet.raw_answers else []
    return [prompt("judge_part").text, *earlier]


def _json_block(schema_text: str) -> str:
    """The schema in a code fence. Backticks in labels are escaped as JSON, so that none can close the fence."""
    escaped = schema_text.replace("`", "\\u0060")
    return f"```json\n{escaped}\n```"
