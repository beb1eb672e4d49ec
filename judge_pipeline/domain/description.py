"""Descriptions: what the label editor's agent asks about a frame, and reading the answer."""

import json
from string import Template

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from judge_pipeline.domain.answer_codec.json_object import read_json_object
from judge_pipeline.domain.model_answer import Question, UnusableAnswer
from judge_pipeline.domain.prompts import prompt

FEWEST_CHARACTERS = 25
MOST_CHARACTERS = 1000
"""The seed's limits; Encord's own text fields take more."""

DESCRIPTION_TOKENS = 1_000
"""The seed's value; 1,000 characters take a quarter of it in most languages."""

REASONING_TOKENS = 2_000
"""Extra room for a model that thinks before it answers."""


class DescriptionModel(BaseModel):
    """What a model has to answer: the seed's form."""

    model_config = ConfigDict(extra="forbid")

    description: str = Field(
        min_length=FEWEST_CHARACTERS,
        max_length=MOST_CHARACTERS,
        description="A detailed description of the scene",
    )


def description_question() -> Question:
    """The question for a description of one frame.

    The schema for the server has no lengths, because strict mode does not support them; the one in the prompt does.
    """
    whole = DescriptionModel.model_json_schema()
    field = {key: whole["properties"]["description"][key] for key in ("type", "description")}
    strict = {
        "type": "object",
        "properties": {"description": field},
        "required": ["description"],
        "additionalProperties": False,
    }
    text = Template(prompt("description").text).substitute(
        fewest=FEWEST_CHARACTERS, most=MOST_CHARACTERS, schema=json.dumps(whole)
    )
    return Question(
        system=prompt("description_system").text,
        text=text,
        max_tokens=DESCRIPTION_TOKENS + REASONING_TOKENS,
        schema=strict,
        schema_name="description",
    )


def read_description(text: str) -> str:
    """The description in an answer, without surrounding white space.

    Raises:
        UnusableAnswer: not a JSON object of the right form, too short, too long, or not storable as text.
    """
    found, problems = read_json_object(text)
    if isinstance(written := found.get("description"), str):
        found["description"] = written.strip()
    try:
        description = DescriptionModel.model_validate(found, strict=True).description
    except ValidationError as error:
        problems += [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise UnusableAnswer(problems) from None
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in description):
        problems.append("the description holds a null character or half of a surrogate pair, which no file can hold")
    if problems:
        raise UnusableAnswer(problems)
    return description
