"""Answers of every kind on label rows, replacing earlier ones, next to people's labels."""

from typing import Any

import pytest
from encord.objects.attributes import ChecklistAttribute, NumericAttribute, RadioAttribute, TextAttribute

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.ontology import Attribute, Classification
from judge_pipeline.encord_project.labels import UnsavedRows
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.engine.encord_state import image_row, labels
from judge_pipeline_tests.engine.people import choose, complete
from judge_pipeline_tests.engine.trial import Trial


@pytest.fixture
def rich(trial: Trial) -> EncordProject:
    """A project with two images, whose ontology has all four attribute types, nested ones included."""
    trial.add("red", "green")
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    structure = ontology.structure
    structure.add_classification().add_attribute(TextAttribute, "LLM words")
    structure.add_classification().add_attribute(NumericAttribute, "LLM number")
    ticks = structure.add_classification().add_attribute(ChecklistAttribute, "LLM ticks")
    for label in ("one", "two", "three"):
        ticks.add_option(label)
    option = structure.add_classification().add_attribute(RadioAttribute, "LLM nested").add_option("ask")
    option.add_nested_attribute(ChecklistAttribute, "inner ticks").add_option("inner one")
    option.add_nested_attribute(NumericAttribute, "inner number")
    ontology.save()
    return EncordProject.open(trial.pipeline.connection, trial.pipeline.project_hash)


def classification(project: EncordProject, title: str) -> Classification:
    (found,) = [each for each in project.ontology.classifications if each.title == title]
    return found


def attribute_answer(attribute: Attribute, *labels_or_value: Any, is_list: bool = False) -> AttributeAnswer:
    by_label = {option.label: ChosenOption(option.feature_hash, option.label) for option in attribute.options}
    chosen = tuple(by_label[label] for label in labels_or_value if attribute.options)
    value: Any = chosen if is_list else chosen[0] if chosen else labels_or_value[0]
    return AttributeAnswer(attribute.feature_hash, attribute.title, value)


def answer(project: EncordProject, title: str, *given: Any, is_list: bool = False) -> ClassificationAnswer:
    found = classification(project, title)
    return ClassificationAnswer(found.feature_hash, title, (attribute_answer(found.root, *given, is_list=is_list),))


def data_hash(project: EncordProject, colour: str) -> str:
    return next(row.data_hash for row in project.snapshot().images.values() if row.title == f"{colour}.png")


def test_answers_of_every_kind_are_read_back_as_they_were_written(trial: Trial, rich: EncordProject) -> None:
    nested = classification(rich, "LLM nested")
    ticks, number = nested.root.options[0].attributes
    given = [
        answer(rich, "LLM words", "Ein Wort, ein ‮Zeichen\n und eine Zeile."),
        answer(rich, "LLM number", 0.5),
        answer(rich, "LLM ticks", "one", "three", is_list=True),
        answer(rich, "LLM Judge Choice", "LLM 8B"),
        ClassificationAnswer(
            nested.feature_hash,
            "LLM nested",
            (
                attribute_answer(nested.root, "ask"),
                attribute_answer(ticks, "inner one", is_list=True),
                attribute_answer(number, -3.0),
            ),
        ),
    ]
    assert rich.save_answers({data_hash(rich, "red"): given}) == UnsavedRows({}, {})
    found = labels(image_row(trial.seed, "red")) or {}
    assert found["LLM words"] == {"LLM words": "Ein Wort, ein ‮Zeichen\n und eine Zeile."}
    assert found["LLM number"] == {"LLM number": 0.5}
    assert {option.label for option in found["LLM ticks"]["LLM ticks"]} == {"one", "three"}
    assert found["LLM Judge Choice"] == {"LLM Judge Choice": "LLM 8B"}
    assert found["LLM nested"]["LLM nested"] == "ask"
    assert [option.label for option in found["LLM nested"]["inner ticks"]] == ["inner one"]
    assert found["LLM nested"]["inner number"] == -3.0


def test_a_new_answer_takes_the_place_of_the_old_one(trial: Trial, rich: EncordProject) -> None:
    row = data_hash(rich, "red")
    for words in ("first", "second"):
        rich.save_answers({row: [answer(rich, "LLM words", words)]})
    assert labels(image_row(trial.seed, "red")) == {"LLM words": {"LLM words": "second"}}


def test_cleared_classifications_go_and_all_others_stay(trial: Trial, rich: EncordProject) -> None:
    row = data_hash(rich, "red")
    choose(trial, "red", "LLM-16B")
    rich.save_answers({row: [answer(rich, "LLM words", "kept"), answer(rich, "LLM number", 1.0)]})
    rich.save_answers({row: []}, cleared=[classification(rich, "LLM number").feature_hash])
    assert labels(image_row(trial.seed, "red")) == {
        "Final Choice": {"Final Choice": "LLM-16B"},
        "LLM words": {"LLM words": "kept"},
    }


def test_many_rows_are_saved_with_the_requests_of_one(trial: Trial, rich: EncordProject) -> None:
    trial.reset_request_counts()
    rich.save_answers({data_hash(rich, colour): [answer(rich, "LLM words", colour)] for colour in ("red", "green")})
    assert trial.requests()["v1 POST labelrow"] == 1
    for colour in ("red", "green"):
        assert labels(image_row(trial.seed, colour)) == {"LLM words": {"LLM words": colour}}


def test_an_encord_that_is_slow_every_time_is_read_twice_before_the_save(trial: Trial, rich: EncordProject) -> None:
    """Once more, since the process may have been suspended; not for as long as Encord takes more than a second."""
    row = data_hash(rich, "red")
    trial.inject_fault(match=r"v1 GET labelrow$", status="slow", delay_seconds=1.1)
    trial.reset_request_counts()
    assert rich.save_answers({row: [answer(rich, "LLM words", "slowly")]}) == UnsavedRows({}, {})
    assert trial.requests()["v1 GET labelrow"] <= 6
    assert labels(image_row(trial.seed, "red")) == {"LLM words": {"LLM words": "slowly"}}


def test_a_finished_row_is_skipped_and_returned(trial: Trial, rich: EncordProject) -> None:
    complete(trial, "red")
    rows = {colour: data_hash(rich, colour) for colour in ("red", "green")}
    unsaved = rich.save_answers({row: [answer(rich, "LLM words", "judged")] for row in rows.values()})
    assert unsaved == UnsavedRows({rows["red"]: "Complete"}, {})
    assert labels(image_row(trial.seed, "red")) is None
    assert labels(image_row(trial.seed, "green")) == {"LLM words": {"LLM words": "judged"}}
