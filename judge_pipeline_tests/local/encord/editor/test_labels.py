"""Labels of any shape are matched with their ontology."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.local.encord.editor.labels import labels_of
from judge_pipeline_tests.seed_project import SEED_ONTOLOGY_TITLES, seed_ontology

SEED: dict[str, Any] = seed_ontology().to_dict()

CHECKLIST: dict[str, Any] = {
    "classifications": [
        {
            "featureNodeHash": "c",
            "attributes": [
                {
                    "featureNodeHash": "a",
                    "name": "Seen",
                    "type": "checklist",
                    "options": [
                        {"featureNodeHash": "o1", "label": "cat", "value": "cat"},
                        {"featureNodeHash": "o2", "label": "dog", "value": "dog"},
                    ],
                }
            ],
        },
        {"featureNodeHash": "n", "attributes": [{"featureNodeHash": "m", "name": "How many", "type": "numeric"}]},
    ]
}


def answer(classification: str, attribute: str, answers: Any) -> dict[str, Any]:
    return {"featureHash": classification, "classifications": [{"featureHash": attribute, "answers": answers}]}


def test_without_labels_every_classification_is_open() -> None:
    labels = labels_of(SEED, {}, {})
    assert tuple(c.title for c in labels.classifications) == SEED_ONTOLOGY_TITLES
    assert not any(c.instances for c in labels.classifications)
    assert labels.is_empty


def test_options_are_named_as_the_ontology_names_them_now() -> None:
    given_answers = {"x": answer("c", "a", [{"featureHash": "o2", "name": "a former name"}, {"featureHash": "o1"}])}
    assert labels_of(CHECKLIST, given_answers, {}).classifications[0].instances[0].root.answers == ("cat", "dog")


def test_a_number_is_shown_even_if_it_is_zero() -> None:
    for number, shown in ((0, "0"), (2.5, "2.5")):
        labels = labels_of(CHECKLIST, {"x": answer("n", "m", number)}, {})
        assert labels.classifications[1].instances[0].root.answers == (shown,)


def test_answers_missing_from_the_ontology_are_marked() -> None:
    option = {"x": answer("c", "a", [{"featureHash": "gone", "name": "bird"}])}
    assert labels_of(CHECKLIST, option, {}).classifications[0].instances[0].root.answers == (
        "bird (not an option of the ontology)",
    )
    labels = labels_of(CHECKLIST, {"x": answer("another", "a", "text")}, {})
    assert "another" in labels.not_in_ontology[0]
    assert not labels.is_empty


def test_two_answers_to_one_classification_are_both_shown() -> None:
    given_answers = {name: answer("n", "m", number) for number, name in enumerate("xy")}
    assert len(labels_of(CHECKLIST, given_answers, {}).classifications[1].instances) == 2


def test_a_later_edit_is_distinguished_from_the_creation() -> None:
    made = answer("n", "m", 1) | {
        "createdBy": "judge",
        "createdAt": "then",
        "lastEditedBy": "judge",
        "lastEditedAt": "then",
    }
    for change, was_edited in (({}, False), ({"lastEditedBy": "person"}, True), ({"lastEditedAt": "later"}, True)):
        instance = labels_of(CHECKLIST, {"x": made | change}, {}).classifications[1].instances[0]
        assert instance.was_edited is was_edited


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, 7, 1.5, "", "o1", [], {}, [None], [[]], [1], [{}]),
        *({"featureHash": []}, [{"featureHash": []}], [{"featureHash": "o1"}], [{"featureHash": "a"}]),
        *([{"featureHash": "m", "answers": {}}], [{"name": ["x"]}]),
    ]
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "featureHash": st.sampled_from(["c", "n", "stranger"]) | ODD,
        "classifications": ODD
        | st.lists(
            st.fixed_dictionaries({"featureHash": st.sampled_from(["a", "m"]) | ODD, "answers": ODD}), max_size=2
        ),
        "createdBy": ODD,
        "confidence": ODD,
    },
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=3), ANSWERS | ODD, max_size=4))
def test_labels_of_any_shape_can_be_read(saved: dict[str, Any]) -> None:
    """A save without validation stores anything."""
    labels = labels_of(CHECKLIST, saved, {})
    shown = sum(len(c.instances) for c in labels.classifications) + len(labels.not_in_ontology)
    assert shown == sum(isinstance(value, dict) for value in saved.values())
