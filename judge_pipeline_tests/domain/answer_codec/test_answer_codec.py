"""The codec: an ontology's JSON Schema, and the way back from an answer to the ontology's own words."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from judge_pipeline.domain.answer_codec.decoding import Answers, decode_answer
from judge_pipeline.domain.answer_codec.form import Field, distinct, fields_for, property_keys
from judge_pipeline.domain.answer_codec.schema import Schema, answer_schema
from judge_pipeline.domain.answer_codec.strict_limits import strict_limits_exceeded
from judge_pipeline.domain.classification_answer import ChosenOption
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Ontology, Option
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline_tests.domain.answer_codec.strict_mode import fits, violations
from judge_pipeline_tests.domain.answers import answers_to, encode, leaves, spoiled
from judge_pipeline_tests.domain.ontologies import ontologies

thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def _form(ontology: Ontology) -> tuple[Field, ...]:
    return fields_for([c.root for c in ontology.classifications if c.root.is_answerable])


def _options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"hash of {label} {index}", label) for index, label in enumerate(labels))


def _form_of(kind: str, options: Sequence[Option] = (), *, required: bool = True) -> tuple[Field, ...]:
    return fields_for([Attribute("a", "Animals", AttributeKind(kind), required, tuple(options))])


@thorough
@given(ontologies())
def test_the_schema_of_any_ontology_is_taken_by_strict_mode(ontology: Ontology) -> None:
    assert list(violations(answer_schema(_form(ontology)))) == []


@thorough
@given(ontologies(), st.data())
def test_an_answer_that_fits_the_schema_decodes_and_encodes_to_itself(ontology: Ontology, data: st.DataObject) -> None:
    """Nothing that a model may say is lost; only the decoder, not the schema, can ask for a tick in a required checklist."""
    form = _form(ontology)
    schema = answer_schema(form)
    answer = data.draw(answers_to(schema))
    assert fits(answer, schema)
    try:
        decoded = decode_answer(form, answer)
    except UnusableAnswer as unusable:
        assert all(p.endswith("an answer is required, found nothing chosen") for p in unusable.problems)  # noqa: PT017
        return
    assert encode(form, decoded, shown=visible_line) == answer
    stored = TypeAdapter(dict[str, Answers])
    assert stored.validate_json(stored.dump_json(decoded)) == decoded


@thorough
@given(ontologies(), st.data())
def test_every_spoiled_place_is_named_once_and_no_other(ontology: Ontology, data: st.DataObject) -> None:
    form = _form(ontology)
    answer = data.draw(answers_to(answer_schema(form)))
    places = list(leaves(answer))
    assume(places)
    chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
    hidden = [place.removesuffix("choice") for place in chosen if place.endswith(".choice")]
    seen = [place for place in chosen if not any(place.startswith(h) and place != f"{h}choice" for h in hidden)]
    with pytest.raises(UnusableAnswer) as unusable:
        decode_answer(form, spoiled(answer, seen))
    named = [p.partition(": ")[0] for p in unusable.value.problems if not p.endswith("found nothing chosen")]
    assert sorted(named) == sorted(seen)


def test_titles_that_look_alike_as_keys_stay_apart() -> None:
    assert property_keys(["Notes", "notes!", "???", "多", "Choice"], taken=("choice",)) == (
        "notes", "notes_2", "field", "field_2", "choice_2",
    )  # fmt: skip


def test_a_label_made_distinct_never_meets_a_real_one() -> None:
    assert distinct(["Cat", "Cat", "Cat (2)"]) == ("Cat", "Cat (2)", "Cat (2) (2)")


def test_a_key_that_does_not_say_its_title_is_described() -> None:
    attributes = [Attribute("a", "Quality Score", AttributeKind.TEXT), Attribute("b", "C++?", AttributeKind.TEXT)]
    properties = answer_schema(fields_for(attributes))["properties"]
    assert "description" not in properties["quality_score"]
    assert properties["c"]["description"] == "C++?"


def test_each_of_two_options_with_the_same_label_can_be_chosen() -> None:
    cats = _options("Cat", "Cat")
    (answer,) = decode_answer(_form_of("radio", cats), {"animals": "Cat (2)"})["animals"]
    assert answer.value == ChosenOption(cats[1].feature_hash, "Cat")


def test_c_and_c_plus_plus_and_c_sharp_are_three_ticks() -> None:
    languages = _options("C", "C++", "C#", "Go")
    ticks = {"c": False, "c_2": True, "c_3": False, "go": True}
    (answer,) = decode_answer(_form_of("checklist", languages), {"animals": ticks})["animals"]
    assert isinstance(answer.value, tuple)
    assert [chosen.label for chosen in answer.value] == ["C++", "Go"]


def test_a_long_checklist_is_a_list_and_a_repeated_option_counts_once() -> None:
    form = _form_of("checklist", _options(*(f"{n}" for n in range(25))))
    assert answer_schema(form)["properties"]["animals"]["maxItems"] == 25
    (answer,) = decode_answer(form, {"animals": ["7", "3", "7"]})["animals"]
    assert isinstance(answer.value, tuple)
    assert [chosen.label for chosen in answer.value] == ["3", "7"]


@pytest.mark.parametrize("empty", [None, "", " \n"])
def test_an_empty_text_is_not_an_answer(empty: str | None) -> None:
    assert decode_answer(_form_of("text", required=False), {"animals": empty}) == {"animals": ()}
    with pytest.raises(UnusableAnswer, match="animals: an answer is required, found"):
        decode_answer(_form_of("text"), {"animals": empty})


@pytest.mark.parametrize("text", ["a\0b", "a\ud83db"])
def test_a_text_that_no_database_takes_is_refused(text: str) -> None:
    with pytest.raises(UnusableAnswer, match="without null characters and lone surrogates") as unusable:
        decode_answer(_form_of("text"), {"animals": text})
    assert str(unusable.value).isprintable()


@pytest.mark.parametrize("number", [True, "3", float("nan"), float("inf"), 10**400])
def test_only_a_finite_number_is_a_number(number: object) -> None:
    with pytest.raises(UnusableAnswer, match="expected a finite number"):
        decode_answer(_form_of("numeric"), {"animals": number})


@pytest.mark.parametrize(
    ("answer", "problems"),
    [
        ([], ["the answer: expected an object, found a list of 0"]),
        ({}, ["animals: missing"]),
        ({"animals": "Cat", "plants": 1}, ['the answer: unexpected key "plants"']),
        ({"animals": "cat"}, ['animals: expected one of "Cat", "Dog", found "cat"']),
        ({"animals": None}, ["animals: an answer is required, found null"]),
    ],
)
def test_problems_say_where_what_was_expected_and_what_was_found(answer: object, problems: list[str]) -> None:
    with pytest.raises(UnusableAnswer) as unusable:
        decode_answer(_form_of("radio", _options("Cat", "Dog")), answer)
    assert list(unusable.value.problems) == problems


def _nested(depth: int) -> Attribute:
    children = (_nested(depth - 1),) if depth else ()
    return Attribute(f"{depth}", "Deeper", AttributeKind.RADIO, True, (Option("o", "On", children), Option("p", "Off")))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (_form_of("radio", _options(*map(str, range(1001)))), "1001 enum values, strict mode allows 1000"),
        (
            _form_of("radio", _options(*(f"{n:080}" for n in range(251)))),
            "20080 characters in an enum of 251 values, strict mode allows 15000",
        ),
        (fields_for([_nested(10)]), "11 levels, strict mode allows 10"),
        (
            fields_for([Attribute(str(n), f"Q{n}", AttributeKind.TEXT) for n in range(5001)]),
            "5001 properties, strict mode allows 5000",
        ),
    ],
)
def test_a_schema_that_is_too_large_for_strict_mode_is_reported(form: tuple[Field, ...], sentence: str) -> None:
    assert strict_limits_exceeded(answer_schema(form)) == (sentence,)


def test_the_largest_schema_that_fits_is_not_complained_about() -> None:
    schema: Schema = answer_schema(_form_of("radio", _options(*map(str, range(1000)))))
    assert strict_limits_exceeded(schema) == ()
