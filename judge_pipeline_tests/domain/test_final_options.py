"""The options of Final Choice by what they mean: a captioner each, and one that says neither is better."""

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Classification, Ontology, Option


def roles(*final: str) -> JudgeOntology:
    """The roles in the seed's ontology, with further options of Final Choice."""
    titles = {
        "Final Choice": ("LLM-8B", "LLM-16B", *final),
        "LLM 8B": ("Answer available",),
        "LLM 16B": ("Answer available",),
        "LLM Judge Choice": ("LLM 8B", "LLM 16B"),
    }
    return JudgeOntology.of(Ontology("Captions", tuple(_radio(title, options) for title, options in titles.items())))


def _radio(title: str, options: tuple[str, ...]) -> Classification:
    chosen = tuple(Option(f"{title}/{label}", label) for label in options)
    return Classification(title, Attribute(f"{title}/", title, AttributeKind.RADIO, options=chosen))


def test_each_captioner_has_its_option_however_it_is_spelt() -> None:
    assert roles().final_option(Captioner.LLM_8B).label == "LLM-8B"
    assert roles("Tie").final_option(Captioner.LLM_16B).label == "LLM-16B"


@pytest.mark.parametrize(
    ("options", "tie"),
    [
        ((), None),
        (("Unentschieden",), "Unentschieden"),
        (("Image is broken", "It is a tie"), "It is a tie"),
        (("Both good", "Cannot tell"), "Both good"),
        (("Image is broken", "Cannot tell"), None),
        (("Both good", "Both bad"), None),
    ],
)
def test_the_tie_is_the_only_other_option_or_the_one_that_says_so(options: tuple[str, ...], tie: str | None) -> None:
    option = roles(*options).tie_option
    assert (option.label if option else None) == tie
