"""Reading an ontology from Encord's editor JSON."""

import pytest
from encord.objects import OntologyStructure

from judge_pipeline.domain.ontology import AttributeKind, Ontology
from judge_pipeline_tests.domain.ontologies import SEED_EDITOR


def _text(title: str, **more: object) -> dict[str, object]:
    return {"name": title, "type": "text", "featureNodeHash": title, "required": False} | more


def _classification(attribute: dict[str, object], **more: object) -> dict[str, object]:
    return {"featureNodeHash": "c", "attributes": [attribute]} | more


def test_the_fixture_is_what_the_sdk_itself_writes() -> None:
    """Whoever reads these tests may take its JSON for Encord's."""
    assert OntologyStructure.from_dict(SEED_EDITOR).to_dict() == SEED_EDITOR


def test_the_seeds_ontology_is_read_with_titles_hashes_and_order() -> None:
    ontology = Ontology.read("Captions", SEED_EDITOR)
    assert [c.title for c in ontology.classifications] == ["Final Choice", "LLM 8B", "LLM 16B", "LLM Judge Choice"]
    rubric = ontology.classifications[1].root
    assert (rubric.kind, rubric.feature_hash) == (AttributeKind.RADIO, "8/root00")
    available, not_available = rubric.options
    assert [(a.title, a.kind) for a in available.attributes] == [
        ("Correctness Score", AttributeKind.RADIO),
        ("Quality Score", AttributeKind.RADIO),
        ("Improvement suggestion", AttributeKind.TEXT),
    ]
    assert not_available.label == "Answer not available"
    assert not_available.attributes == ()


def test_what_is_archived_is_not_there() -> None:
    old = {"label": "Old", "value": "old", "featureNodeHash": "o", "archived": True}
    new = {
        "label": "New",
        "value": "new",
        "featureNodeHash": "n",
        "options": [_text("Gone", archived=True), _text("Kept")],
    }
    editor = {
        "classifications": [
            _classification(_text("A", archived=True)),
            _classification(_text("B"), archived=True),
            _classification(
                {"name": "C", "type": "radio", "featureNodeHash": "r", "required": True, "options": [old, new]}
            ),
            {"featureNodeHash": "empty", "attributes": []},
        ]
    }
    (classification,) = Ontology.read("Captions", editor).classifications
    (option,) = classification.root.options
    assert [attribute.title for attribute in option.attributes] == ["Kept"]


def test_a_nested_radio_without_active_options_is_left_out_because_it_cannot_be_answered() -> None:
    empty = {"name": "Empty", "type": "checklist", "featureNodeHash": "e", "required": True, "options": []}
    option = {"label": "Yes", "value": "yes", "featureNodeHash": "y", "options": [empty]}
    radio = {"name": "R", "type": "radio", "featureNodeHash": "r", "required": True, "options": [option]}
    (classification,) = Ontology.read("Captions", {"classifications": [_classification(radio)]}).classifications
    assert classification.root.options[0].attributes == ()


def test_an_unknown_kind_of_attribute_is_named() -> None:
    editor = {"classifications": [_classification(_text("When", type="date"))]}
    with pytest.raises(
        ValueError, match="attribute 'When' is of kind 'date'; known are radio, checklist, text, numeric"
    ):
        Ontology.read("Captions", editor)
