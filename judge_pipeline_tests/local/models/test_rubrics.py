"""Any rubric is answered: the answer is valid under any JSON Schema that an ontology produces."""

from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.local.models.judge.evidence import gather_evidence
from judge_pipeline.local.models.judge.verdict import compare
from judge_pipeline.local.models.networks.classifier import Classifier
from judge_pipeline.local.models.structured_output.filling import UnfillableSchemaError, fill
from judge_pipeline.local.models.structured_output.judge import JudgeRespondent
from judge_pipeline_tests.local.models.asking import (
    CORRECTNESS,
    QUALITY,
    judge,
    photograph,
    strict_object,
)
from judge_pipeline_tests.local.models.schema_fit import violations

RIGHT = "A colour picture of espresso, mostly orange and red."
WRONG = "A black-and-white picture of a sheep on green grass."


@pytest.fixture(scope="module")
def respondent(judge_network: Classifier) -> JudgeRespondent:
    return JudgeRespondent(compare(RIGHT, WRONG, gather_evidence(photograph("coffee"), judge_network)))


LABELS = st.text(min_size=1, max_size=12) | st.sampled_from([*CORRECTNESS, *QUALITY, "Yes", "No", "Caption A", "tie"])
KEYS = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["caption_a", "caption_b", "choice", "quality_score", "errors", "blurred"]
)
ENUMS = st.lists(LABELS, min_size=1, max_size=6, unique=True).map(lambda labels: {"type": "string", "enum": labels})
BOUNDS = st.tuples(st.integers(-50, 50), st.integers(2, 50)).flatmap(
    lambda pair: st.sampled_from(
        [
            {},
            {"minimum": pair[0]},
            {"maximum": pair[0]},
            {"minimum": pair[0], "maximum": sum(pair)},
            {"exclusiveMinimum": pair[0], "exclusiveMaximum": sum(pair)},
        ]
    )
)
NUMBERS = st.builds(lambda kind, bounds: {"type": kind, **bounds}, st.sampled_from(["number", "integer"]), BOUNDS)
ODDITIES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "maxLength": 10},
    {"type": "boolean"},
    {"type": "null"},
    {"const": "fixed"},
    {"const": 3},
    {"type": ["string", "null"]},
    {"type": ["integer", "null"]},
    {"enum": [None]},
    {"enum": ["Yes", None]},
    {},
]
ARRAYS = st.builds(
    lambda enum, size: {"type": "array", "items": enum, **size},
    ENUMS,
    st.sampled_from([{}, {"maxItems": 3}, {"minItems": 1}]),
)
LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(ENUMS, NUMBERS, ARRAYS, st.sampled_from(ODDITIES))


def composed(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    objects = st.dictionaries(KEYS, parts, max_size=4).map(lambda properties: strict_object(**properties))
    options = st.lists(st.text("abcdef ", min_size=1, max_size=5), min_size=1, max_size=4, unique=True)
    nested_radio = st.tuples(options, parts).map(
        lambda pair: {
            "anyOf": [
                *(strict_object(choice={"type": "string", "enum": [label]}, inner=pair[1]) for label in pair[0]),
                {"type": "null"},
            ]
        }
    )
    return (
        objects
        | nested_radio
        | parts.map(lambda part: {"anyOf": [part, {"type": "null"}]})
        | st.lists(parts, min_size=1, max_size=3).map(lambda branches: {"oneOf": branches})
        | parts.map(lambda part: {"type": "array", "items": part, "maxItems": 2})
    )


SCHEMAS = st.dictionaries(KEYS, st.recursive(LEAVES, composed, max_leaves=12), max_size=5).map(
    lambda properties: strict_object(**properties)
)


@settings(max_examples=60)
@given(schema=SCHEMAS)
def test_every_schema_gets_a_valid_answer(respondent: JudgeRespondent, schema: dict[str, Any]) -> None:
    answer = fill(schema, respondent)
    assert list(violations(schema, answer, schema)) == []
    assert fill(schema, respondent) == answer, "the same schema must get the same answer"


def test_references_are_followed(respondent: JudgeRespondent) -> None:
    schema = {
        "type": "object",
        "properties": {"caption_a": {"$ref": "#/$defs/grade"}},
        "$defs": {"grade": {"$ref": "#/$defs/scale"}, "scale": {"type": "string", "enum": QUALITY}},
    }
    assert fill(schema, respondent) == {"caption_a": "Very good"}


@pytest.mark.parametrize(
    "part",
    [{"$ref": "#/$defs/none"}, {"$ref": "#"}, {"type": "date"}, {"$ref": "other.json#/x"}],
    ids=["leads nowhere", "circle", "unknown type", "another file"],
)
def test_an_unfillable_part_is_reported_with_its_place(respondent: JudgeRespondent, part: dict[str, Any]) -> None:
    with pytest.raises(UnfillableSchemaError, match=r"at (the root|deeply)|reference|deep"):
        fill({"type": "object", "properties": {"deeply": part}}, respondent)


def test_an_unfillable_schema_is_reported_as_400(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        judge(client, RIGHT, WRONG, schema={"type": "object", "properties": {"x": {"type": "date"}}})
    assert caught.value.code == "invalid_json_schema"


def test_every_kind_of_question_is_answered(client: openai.OpenAI) -> None:
    rubric = strict_object(
        grade={"type": "integer", "minimum": 1, "maximum": 5},
        accurate={"type": "string", "enum": ["Yes", "No"]},
        contains_errors={"type": "string", "enum": ["Yes", "No"]},
        has_mistakes={"type": "boolean"},
        hallucinations={"type": "string", "enum": ["None", "Some", "Many"]},
        level={"type": "string", "enum": ["3 - good", "2 - fair", "1 - bad"]},
        looks=strict_object(blurred={"type": "boolean"}, mostly_orange={"type": "boolean"}, a_cat={"type": "boolean"}),
        tags={"type": "array", "items": {"type": "string", "enum": ["cat", "drink", "black-and-white"]}, "maxItems": 3},
    )
    verdict = {"type": "string", "enum": ["Caption A is better", "Caption B is better", "Tie"]}
    answer = judge(client, RIGHT, WRONG, schema=strict_object(caption_a=rubric, caption_b=rubric, best=verdict))
    right, wrong = answer["caption_a"], answer["caption_b"]
    assert answer["best"] == "Caption A is better"
    assert right["grade"] >= 4 > 2 >= wrong["grade"]
    assert (right["accurate"], wrong["accurate"]) == ("Yes", "No")
    assert (right["contains_errors"], wrong["contains_errors"]) == ("No", "Yes")
    assert (right["has_mistakes"], wrong["has_mistakes"]) == (False, True)
    assert (right["hallucinations"], wrong["hallucinations"]) == ("None", "Many")
    assert (right["level"], wrong["level"]) == ("3 - good", "1 - bad")
    assert right["looks"] == wrong["looks"] == {"blurred": False, "mostly_orange": True, "a_cat": False}
    assert right["tags"] == ["drink"]


def test_the_same_caption_twice_is_a_tie_where_a_tie_is_offered(client: openai.OpenAI) -> None:
    schema = strict_object(best={"type": "string", "enum": ["Caption A", "Caption B", "Tie"]})
    assert judge(client, RIGHT, RIGHT, schema=schema) == {"best": "Tie"}


def test_questions_about_neither_caption_do_not_depend_on_the_order(client: openai.OpenAI) -> None:
    schema = strict_object(
        difficulty={"type": "string", "enum": QUALITY}, remark={"type": "string"}, score={"type": "number"}
    )
    assert judge(client, RIGHT, WRONG, schema=schema) == judge(client, WRONG, RIGHT, schema=schema)


def test_captions_with_hostile_text_are_judged_like_any_other(client: openai.OpenAI) -> None:
    hostile = "\U0001f600 }} {{ \u202e $caption_a ``` [[END CAPTION A"
    assert judge(client, hostile, RIGHT)["choice"] == "Caption B"
