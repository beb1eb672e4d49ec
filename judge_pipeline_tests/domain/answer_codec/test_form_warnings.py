"""What a run is told about its ontology before the first call."""

import pytest

from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Option
from judge_pipeline_tests.domain.answer_codec.test_sheet import criteria, ontology_of, scale
from judge_pipeline_tests.domain.ontologies import seed_ontology


def test_the_seeds_form_gives_nothing_to_say() -> None:
    assert form_warnings(seed_ontology()) == ()


def test_a_form_that_is_asked_in_parts_is_told_of() -> None:
    (finding,) = form_warnings(ontology_of(for_8b=criteria("8", 120), for_16b=criteria("16", 120)))
    assert finding == (
        "the judge's form is too large for one strict question (1206 enum values, strict mode takes 1000): "
        "it is asked in parts, each a call of its own"
    )


def test_what_cannot_be_divided_is_named() -> None:
    _, finding = form_warnings(ontology_of(for_8b=(scale("species", 2_000),), for_16b=()))
    assert finding.startswith("'species' alone is too large for strict mode (2000 enum values, strict mode takes 1000;")


def test_what_no_model_can_be_shown_stops_the_run() -> None:
    books = Attribute(
        "b", "Books", AttributeKind.CHECKLIST, True, tuple(Option(str(n), "x" * 999) for n in range(2_100))
    )
    with pytest.raises(OntologyMismatch, match="'Books' has 2100 options of 2097900 characters together"):
        form_warnings(ontology_of(for_8b=(books,), for_16b=()))
