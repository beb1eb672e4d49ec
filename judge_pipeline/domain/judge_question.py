"""The judge's question: two captions of one image, nameless and as data, and the form to fill in about them."""

import hashlib
import json
from functools import lru_cache
from string import Template

from judge_pipeline.domain.answer_schema import Schema, answer_schema
from judge_pipeline.domain.blinding import Blinding
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_form import judge_fields
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_answer import Question
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.visible_text import visible

ANSWER_TOKENS = 1_500
"""The seed's form takes about 250 when filled in; the rest is for long suggestions."""

THINKING_TOKENS = 4_000
"""What a model that thinks before it answers may need on top."""

SCHEMA_CHARACTERS_PER_TOKEN = 3
"""A filled-in form is never longer than its schema, suggestions aside; JSON in English takes three to four characters a token."""


def judge_question(
    judge_ontology: JudgeOntology, *, caption_8b: str, caption_16b: str, shown_first: Captioner, nonce: str
) -> Question:
    """Asks which caption is better, with `shown_first`'s as Caption A. `nonce` must stand in neither caption."""
    schema, schema_text = _schema_of(judge_ontology, shown_first)
    captions = (caption_8b, caption_16b) if shown_first is Captioner.LLM_8B else (caption_16b, caption_8b)
    text = Template(prompt("judge").text).substitute(
        caption_a=_delimited("CAPTION A", captions[0], nonce),
        caption_b=_delimited("CAPTION B", captions[1], nonce),
        schema=_json_block(schema_text),
    )
    max_tokens = ANSWER_TOKENS + THINKING_TOKENS + len(schema_text) // SCHEMA_CHARACTERS_PER_TOKEN
    return Question(prompt("judge_system").text, text, max_tokens, schema=schema, schema_name="judgement")


def judge_schema(blinding: Blinding) -> Schema:
    """The JSON Schema of the judge's answer in this order of the captions."""
    return answer_schema(judge_fields(blinding), shown=blinding.hide)


def judge_prompt_version() -> str:
    """First 12 hex digits of the sha256 over both prompts' versions."""
    versions = f"{prompt('judge_system').version} {prompt('judge').version}"
    return hashlib.sha256(versions.encode()).hexdigest()[:12]


def _delimited(name: str, caption: str, nonce: str) -> str:
    return f"[[{name} {nonce}]]\n{visible(caption)}\n[[END {name} {nonce}]]"


@lru_cache(maxsize=8)
def _schema_of(judge_ontology: JudgeOntology, shown_first: Captioner) -> tuple[Schema, str]:
    """The schema and its text: the same for all images of a project."""
    schema = judge_schema(Blinding(judge_ontology, shown_first))
    return schema, _json(schema)


def _json_block(schema_text: str) -> str:
    """The schema fenced; a backtick in a label is written as JSON's own escape, so that none can end the fence."""
    escaped = schema_text.replace("`", "\\u0060")
    return f"```json\n{escaped}\n```"


def _json(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
