"""Warnings about an ontology's form before the first call."""

import pytest

from judge_pipeline.domain.answer_codec.form_warnings import form_warnings
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Option
from judge_pipeline_tests.domain.answer_codec.test_sheet import criteria, ontology_of, scale
from judge_pipeline_tests.domain.ontologies import seed_ontology


def test_the_seeds_form_gives_no_warning() -> None:
    assert form_warnings(seed_ontology()) == ()


def test_a_form_that_is_asked_in_parts_gives_a_warning() -> None:
    (warning,) = form_warnings(ontology_of(for_8b=criteria("8", 120), for_16b=criteria("16", 120)))
    assert warning == (
        "the judge's form is too large for one strict question (1206 enum values, strict mode allows 1000): "
        "it is asked in parts, one call each"
    )


def test_what_cannot_be_split_is_named() -> None:
    _, warning = form_warnings(ontology_of(for_8b=(scale("species", 2_000),), for_16b=()))
    assert warning.startswith(
        "'species' is too large for strict mode by itself (2000 enum values, strict mode allows 1000;"
    )


def test_what_no_model_accepts_stops_the_run() -> None:
    books = Attribute(
        "b", "Books", AttributeKind.CHECKLIST, True, tuple(Option(str(n), "x" * 999) for n in range(2_100))
    )
    with pytest.raises(OntologyMismatch, match="'Books' has 2100 options with 2097900 characters in total"):
        form_warnings(ontology_of(for_8b=(books,), for_16b=()))
