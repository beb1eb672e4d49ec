"""Giving out the roles in an ontology."""

from copy import deepcopy
from typing import Any

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology, OntologyMismatch
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline_tests.domain.ontologies import SEED_EDITOR, seed_ontology


def _changed(
    *, without: str = "", renamed: dict[str, str] | None = None, more: list[dict[str, Any]] | None = None
) -> Ontology:
    editor = deepcopy(SEED_EDITOR)
    classifications = [c for c in editor["classifications"] if c["attributes"][0]["name"] != without]
    for classification in classifications:
        root = classification["attributes"][0]
        root["name"] = (renamed or {}).get(root["name"], root["name"])
    return Ontology.read("Captions", {"classifications": classifications + (more or [])})


def _text(title: str) -> dict[str, Any]:
    attribute = {"name": title, "type": "text", "featureNodeHash": f"{title} a", "required": False}
    return {"featureNodeHash": f"{title} c", "attributes": [attribute]}


def test_the_seeds_ontology_has_all_roles() -> None:
    ontology = seed_ontology()
    assert ontology.classification_for(Captioner.LLM_8B).feature_hash == "8/class0"
    assert ontology.classification_for(Captioner.LLM_16B).feature_hash == "6/class0"
    assert ontology.choice_option(Captioner.LLM_16B).feature_hash == "j+optio1"
    assert ontology.final_choice.title == "Final Choice"
    assert ontology.others == ()


def test_everything_else_with_llm_in_its_title_is_asked_and_the_rest_left_to_humans() -> None:
    ontology = JudgeOntology.of(_changed(more=[_text("LLM Notes"), _text("Notes")]))
    assert [other.title for other in ontology.others] == ["LLM Notes"]


def test_titles_can_be_named_otherwise() -> None:
    renamed = {"LLM 8B": "Qwen", "LLM 16B": "Llama", "LLM Judge Choice": "Verdict", "Final Choice": "Ours"}
    ontology = JudgeOntology.of(
        _changed(renamed=renamed), title_8b="Qwen", title_16b="Llama", choice_title="Verdict", final_choice_title="Ours"
    )
    assert ontology.for_8b.title == "Qwen"
    assert ontology.read_choice("QWEN") is Captioner.LLM_8B


@pytest.mark.parametrize(
    ("label", "captioner"),
    [
        ("LLM 8B", Captioner.LLM_8B),
        ("LLM-8B", Captioner.LLM_8B),
        ("llm_16b", Captioner.LLM_16B),
        ("LLM16B", Captioner.LLM_16B),
        ("Tie", None),
        ("", None),
        ("LLM 6B", None),
    ],
)
def test_a_choice_is_read_however_it_is_spelled(label: str, captioner: Captioner | None) -> None:
    assert seed_ontology().read_choice(label) is captioner


def test_a_final_choice_whose_title_holds_llm_is_still_left_to_humans() -> None:
    ontology = JudgeOntology.of(
        _changed(renamed={"Final Choice": "LLM Final Choice"}), final_choice_title="LLM Final Choice"
    )
    assert ontology.others == ()


def test_a_final_choice_renamed_behind_our_back_stops_the_run_instead_of_being_asked() -> None:
    with pytest.raises(OntologyMismatch, match="has no classification 'Final Choice'"):
        JudgeOntology.of(_changed(renamed={"Final Choice": "LLM Final Choice"}))


def test_what_is_missing_is_reported_with_what_was_found_and_what_to_do() -> None:
    with pytest.raises(OntologyMismatch) as mismatch:
        JudgeOntology.of(_changed(without="LLM 16B"))
    assert str(mismatch.value) == (
        "ontology 'Captions' has no classification 'LLM 16B' (it has: 'Final Choice', 'LLM 8B', 'LLM Judge Choice'); "
        "add it in Encord or name yours in the settings"
    )


def test_two_classifications_of_one_title_are_refused() -> None:
    with pytest.raises(
        OntologyMismatch, match="ontology 'Captions' has several classifications 'LLM 8B'; rename all but one"
    ):
        JudgeOntology.of(_changed(more=[_text("LLM 8B")]))


def test_one_title_for_two_roles_is_refused() -> None:
    with pytest.raises(OntologyMismatch, match="name one classification for two roles"):
        JudgeOntology.of(_changed(), title_8b="LLM 16B")


def test_a_choice_that_is_not_a_radio_is_refused() -> None:
    with pytest.raises(
        OntologyMismatch, match="'LLM Judge Choice' of ontology 'Captions' is of kind text; make it a radio"
    ):
        JudgeOntology.of(_changed(without="LLM Judge Choice", more=[_text("LLM Judge Choice")]))


def test_a_choice_without_an_option_for_a_captioner_is_refused() -> None:
    editor = deepcopy(SEED_EDITOR)
    editor["classifications"][3]["attributes"][0]["options"][1]["archived"] = True
    with pytest.raises(OntologyMismatch) as mismatch:
        JudgeOntology.of(Ontology.read("Captions", editor))
    assert str(mismatch.value) == (
        "classification 'LLM Judge Choice' of ontology 'Captions' has no option 'LLM 16B' (it has: 'LLM 8B'); fix it in Encord"
    )


def test_a_rubric_whose_options_are_all_archived_is_refused() -> None:
    editor = deepcopy(SEED_EDITOR)
    for option in editor["classifications"][1]["attributes"][0]["options"]:
        option["archived"] = True
    with pytest.raises(OntologyMismatch, match="'LLM 8B' of ontology 'Captions' has no active option"):
        JudgeOntology.of(Ontology.read("Captions", editor))


def test_the_version_follows_what_is_asked_and_nothing_else() -> None:
    seed = seed_ontology().version
    assert JudgeOntology.of(_changed(more=[_text("For people")])).version == seed
    assert JudgeOntology.of(_changed(more=[_text("LLM Notes")])).version != seed
