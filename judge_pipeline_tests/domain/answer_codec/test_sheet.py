"""A form that is too large for one question is filled in part by part, and says the same in the end."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.answer_codec.strict_limits import StrictLimits, strict_limits_exceeded
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_question import judge_question
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Classification, Ontology, Option
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline_tests.domain.answer_codec.strict_mode import violations
from judge_pipeline_tests.domain.answers import answers_to, encode
from judge_pipeline_tests.domain.ontologies import judge_ontologies, seed_ontology

thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
tight = st.builds(StrictLimits, properties=st.integers(4, 30), enum_values=st.integers(3, 40))


def rubric(title: str, *criteria: Attribute) -> Classification:
    options = (Option(f"{title} yes", "Answer available", criteria), Option(f"{title} no", "Answer not available"))
    return Classification(f"{title} c", Attribute(f"{title} root", title, AttributeKind.RADIO, True, options))


def choice(title: str) -> Classification:
    options = (Option(f"{title} 8", "LLM 8B"), Option(f"{title} 16", "LLM 16B"))
    return Classification(f"{title} c", Attribute(f"{title} root", title, AttributeKind.RADIO, False, options))


def scale(name: str, count: int = 5, *, nested: tuple[Attribute, ...] = ()) -> Attribute:
    options = tuple(Option(f"{name} {n}", f"grade {n}", nested if n == 0 else ()) for n in range(count))
    return Attribute(f"{name} hash", name, AttributeKind.RADIO, True, options)


def ontology_of(*, for_8b: tuple[Attribute, ...], for_16b: tuple[Attribute, ...]) -> JudgeOntology:
    parts = (rubric("LLM 8B", *for_8b), rubric("LLM 16B", *for_16b), choice("LLM Judge Choice"), choice("Final Choice"))
    return JudgeOntology.of(Ontology("Large", parts))


def criteria(whose: str, count: int) -> tuple[Attribute, ...]:
    return tuple(scale(f"{whose} criterion {n}") for n in range(count))


def filled_in(sheet: AnswerSheet) -> tuple[AnswerSheet, list[list[str]]]:
    """A sheet whose every question is answered with the first of everything, and the keys of each part."""
    asked = []
    while not sheet.is_complete:
        asked.append([field.key for field in sheet.part.fields])
        sheet = sheet.fill_in(json.dumps(first_of_everything(sheet.part.schema)))
    return sheet, asked


def classifications(ruling: Ruling) -> list[ClassificationAnswer]:
    return [ruling.for_8b, ruling.for_16b, *ruling.others]


def first_of_everything(schema: Mapping[str, Any]) -> Any:
    if "anyOf" in schema:
        return first_of_everything(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {key: first_of_everything(child) for key, child in schema["properties"].items()}
    return {"string": "text", "number": 1.0, "boolean": True, "array": []}[schema["type"]]


def test_the_seeds_form_is_one_part() -> None:
    part = AnswerSheet.blank(seed_ontology(), shown_first=Captioner.LLM_8B).part
    assert (part.is_all, part.is_strict) == (True, True)


def test_two_rubrics_that_do_not_fit_together_are_asked_one_after_the_other_and_the_choice_last() -> None:
    """120 criteria of five grades a caption: 600 of the 1,000 enum values that strict mode allows, twice."""
    ontology = ontology_of(for_8b=criteria("8", 120), for_16b=criteria("16", 120))
    sheet, asked = filled_in(AnswerSheet.blank(ontology, shown_first=Captioner.LLM_8B))
    assert asked == [["caption_a"], ["caption_b", "choice"]]
    assert len(sheet.ruling().for_8b.answers) == len(sheet.ruling().for_16b.answers) == 121


def test_a_rubric_that_is_too_large_is_asked_root_first_and_then_in_slices_of_the_chosen_option() -> None:
    """250 criteria of five grades: the root, then slices of 199 and 51, as the root's own option counts as well."""
    ontology = ontology_of(for_8b=criteria("8", 250), for_16b=())
    sheet = AnswerSheet.blank(ontology, shown_first=Captioner.LLM_8B)
    assert sheet.part.schema["properties"]["caption_a"]["enum"] == ["Answer available", "Answer not available"]
    sheet, asked = filled_in(sheet)
    assert asked == [["caption_a"], ["caption_a"], ["caption_a", "caption_b", "choice"]]
    titles = [answer.title for answer in sheet.ruling().for_8b.answers]
    assert titles == ["LLM 8B", *(f"8 criterion {n}" for n in range(250))]


def test_nothing_more_is_asked_about_a_caption_that_is_not_an_answer() -> None:
    ontology = ontology_of(for_8b=criteria("8", 250), for_16b=())
    sheet = AnswerSheet.blank(ontology, shown_first=Captioner.LLM_8B).fill_in('{"caption_a": "Answer not available"}')
    assert [field.key for field in sheet.part.fields] == ["caption_b", "choice"]


def test_a_criterion_that_is_too_large_itself_is_divided_below_its_own_options() -> None:
    inner = tuple(scale(f"detail {n}", 100) for n in range(15))
    ontology = ontology_of(for_8b=(scale("deep", nested=inner), scale("flat")), for_16b=())
    sheet, asked = filled_in(AnswerSheet.blank(ontology, shown_first=Captioner.LLM_8B))
    assert len(asked) > 2
    titles = [answer.title for answer in sheet.ruling().for_8b.answers]
    assert sorted(titles) == sorted(["LLM 8B", "deep", "flat", *(f"detail {n}" for n in range(15))])


def test_one_radio_of_more_options_than_strict_mode_takes_is_asked_all_the_same() -> None:
    ontology = ontology_of(for_8b=(scale("species", 2_000),), for_16b=())
    sheet, _ = filled_in(AnswerSheet.blank(ontology, shown_first=Captioner.LLM_8B))
    assert sheet.ruling().for_8b.answers[-1].title == "species"
    sheet = AnswerSheet.blank(ontology, shown_first=Captioner.LLM_8B).fill_in('{"caption_a": "Answer available"}')
    assert not sheet.part.is_strict


def test_a_later_part_carries_what_was_answered_as_data_and_no_captioner() -> None:
    ontology = ontology_of(for_8b=criteria("x", 120), for_16b=criteria("y", 120))
    blank = AnswerSheet.blank(ontology, shown_first=Captioner.LLM_16B)
    first = judge_question(blank, caption_8b="a", caption_16b="b", nonce="00000000")
    assert "part of a longer form" in first.text
    assert "YOUR ANSWERS" not in first.text
    sheet = blank.fill_in(json.dumps(first_of_everything(blank.part.schema)))
    text = judge_question(sheet, caption_8b="a", caption_16b="b", nonce="00000000").text
    (answered,) = re.findall(r"\[\[YOUR ANSWERS 00000000]]\n(.*?)\n\[\[END YOUR ANSWERS 00000000]]", text, re.DOTALL)
    assert json.loads(answered) == json.loads(sheet.raw_answers[0])
    assert "8B" not in text


def test_a_part_that_does_not_fit_names_its_problems_and_leaves_the_sheet_as_it_was() -> None:
    sheet = AnswerSheet.blank(ontology_of(for_8b=criteria("8", 250), for_16b=()), shown_first=Captioner.LLM_8B)
    with pytest.raises(UnusableAnswer, match="caption_a: expected one of"):
        sheet.fill_in('{"caption_a": "Perhaps"}')
    assert sheet.raw_answers == ()


@thorough
@given(judge_ontologies(), st.sampled_from(Captioner), tight, st.data())
def test_any_form_in_parts_of_any_size_ends_in_the_ruling_that_one_answer_would_give(
    ontology: JudgeOntology, first: Captioner, limits: StrictLimits, data: st.DataObject
) -> None:
    """Every part is strict or cannot be divided, the choice comes last, and the answers put together are one answer."""
    sheet = AnswerSheet.blank(ontology, shown_first=first, limits=limits)
    rounds = 0
    while not sheet.is_complete:
        part = sheet.part
        assert list(violations(part.schema)) == []
        assert part.is_strict is (strict_limits_exceeded(part.schema, limits) == ())
        answer = data.draw(answers_to(part.schema))
        try:
            sheet = sheet.fill_in(json.dumps(answer))
        except UnusableAnswer as unusable:
            assert all(p.endswith("an answer is required, found nothing chosen") for p in unusable.problems)  # noqa: PT017
            return
        rounds += 1
        assert rounds < 500
    ruling = sheet.ruling()
    whole = AnswerSheet.blank(ontology, shown_first=first)
    at_once = whole.fill_in(json.dumps(encode(whole.open_fields, sheet.answers, shown=sheet.blinding.hide))).ruling()
    assert ruling.choice is at_once.choice
    for one, other in zip(classifications(ruling), classifications(at_once), strict=True):
        assert one.answers[0] == other.answers[0]
        assert sorted(one.answers, key=repr) == sorted(other.answers, key=repr)
