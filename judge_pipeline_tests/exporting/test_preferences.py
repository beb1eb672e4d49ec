"""Which images become pairs, who says so, and what never becomes one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import Review
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.exporting.best_caption import best_captions
from judge_pipeline.exporting.decision import LeftOut, Provenance
from judge_pipeline.exporting.preference import Preference, Wanted, preference, preferences
from judge_pipeline_tests.exporting.values import LONG, SHORT, chosen, outcome
from judge_pipeline_tests.reporting.values import A, B, correctness

EVERYTHING = Wanted(tuple(Provenance))


def pair(outcome: Outcome) -> Preference:
    found = preference(outcome)
    assert isinstance(found, Preference), found
    return found


@pytest.mark.parametrize(
    ("orders_agree", "provenance"),
    [
        (True, Provenance.JUDGE_BOTH_ORDERS),
        (None, Provenance.JUDGE_ONE_ORDER),
        (False, Provenance.JUDGE_SCORES),
    ],
)
def test_a_pair_says_how_the_judge_came_to_it(orders_agree: bool | None, provenance: Provenance) -> None:
    found = pair(outcome("one", B, orders_agree=orders_agree))

    assert (found.chosen.text, found.rejected.text, found.provenance) == (LONG, SHORT, provenance)


def test_a_person_comes_before_the_judge() -> None:
    found = pair(outcome("one", B, person=chosen("one", A)))

    assert (found.chosen.captioner, found.provenance) == (A, Provenance.HUMAN)


def test_a_person_decides_what_the_judge_could_not() -> None:
    assert pair(outcome("one", None, orders_agree=False, person=chosen("one", B))).provenance is Provenance.HUMAN


NEVER: dict[str, tuple[dict[str, Any], LeftOut]] = {
    "a tie of a person's": ({"judged": A, "person": chosen("t", None, label="Both are fine")}, LeftOut.HUMAN_TIE),
    "a rejected review": ({"judged": A, "person": chosen("t", A, review=Review.REJECTED)}, LeftOut.REJECTED),
    "undecided": ({"judged": None}, LeftOut.UNDECIDED),
    "no answer": ({"judged": B, "not_available": (A,)}, LeftOut.NOT_AVAILABLE),
    "no answer, chosen over by a person": (
        {"judged": B, "not_available": (A,), "person": chosen("t", B)},
        LeftOut.NOT_AVAILABLE,
    ),
    "an empty caption": ({"judged": A, "text_16b": " "}, LeftOut.EMPTY),
    "captions that say the same": (
        {"judged": A, "text_8b": "A  cat.", "text_16b": "a cat.", "person": chosen("t", A)},
        LeftOut.ALIKE,
    ),
    "a turn's end in a caption": ({"judged": A, "text_16b": "A cat.<|im_end|>"}, LeftOut.MARKER),
    "the place of an image in a caption": ({"judged": A, "text_8b": "An <IMAGE> of a cat."}, LeftOut.MARKER),
}


@pytest.mark.parametrize("name", NEVER)
def test_this_never_becomes_a_pair(name: str) -> None:
    options, reason = NEVER[name]

    assert preference(outcome("t", **options)) is reason


def test_an_image_without_a_judgement_is_left_out_for_what_became_of_it() -> None:
    judged = outcome("one", A)

    assert preference(replace(judged, judgement=None)) is LeftOut.NOT_JUDGED
    assert preference(replace(judged, image=None)) is LeftOut.NOT_JUDGED


def test_a_choice_that_turned_with_the_order_is_exported_only_when_asked_for() -> None:
    turned = [outcome("one", A, orders_agree=False)]

    assert preferences(turned).left_out == {LeftOut.NOT_ASKED_FOR: 1}
    assert len(preferences(turned, EVERYTHING).pairs) == 1


def test_the_score_gap_is_the_mean_lead_of_the_chosen_one_over_the_criteria() -> None:
    """Positions 4 and 2 of 0 to 4: half of the scale."""
    scores = [correctness(A, 2), correctness(B, 4)]

    assert pair(outcome("one", B, scores=scores)).score_gap == 0.5
    assert pair(outcome("one", A, scores=scores)).score_gap == -0.5
    assert pair(outcome("one", A, scores=scores[:1])).score_gap is None


def test_a_gap_is_asked_of_the_judge_and_not_of_people() -> None:
    narrow = [correctness(A, 3), correctness(B, 4)]
    wide = [correctness(A, 0), correctness(B, 4)]
    images = [
        outcome("narrow", B, scores=narrow),
        outcome("wide", B, scores=wide),
        outcome("without", B),
        outcome("person", B, scores=narrow, person=chosen("person", A)),
    ]
    found = preferences(images, Wanted(min_score_gap=0.5))

    assert [pair.image.tag for pair in found.pairs] == ["wide", "person"]
    assert found.left_out == {LeftOut.NOT_ASKED_FOR: 2}


def test_a_person_who_prefers_an_answer_to_none_gives_a_best_caption_and_no_pair() -> None:
    images = [outcome("one", B, not_available=(A,), person=chosen("one", B))]

    assert preferences(images).pairs == ()
    assert [best.caption.text for best in best_captions(images).captions] == [LONG]


def test_a_caption_that_is_not_an_answer_is_never_the_best_one() -> None:
    images = [outcome("one", B, not_available=(A,), person=chosen("one", A))]

    assert best_captions(images).left_out == {LeftOut.NOT_AVAILABLE: 1}


people = st.none() | st.builds(
    chosen,
    st.just("t"),
    st.none() | st.sampled_from(Captioner),
    label=st.none() | st.just("Tie"),
    review=st.sampled_from(Review),
)
any_outcome = st.builds(
    outcome,
    st.just("t"),
    st.none() | st.sampled_from(Captioner),
    person=people,
    text_8b=st.sampled_from(["", "a cat", "A cat"]),
    text_16b=st.sampled_from(["", "a cat", "a dog", "</s>"]),
    orders_agree=st.none() | st.booleans(),
    not_available=st.sampled_from([(), (A,), (B,), (A, B)]),
)


@given(st.lists(any_outcome, max_size=8))
def test_every_image_is_a_pair_or_is_left_out_for_one_reason(images: list[Outcome]) -> None:
    found = preferences(images, EVERYTHING)
    best = best_captions(images, EVERYTHING)

    assert len(found.pairs) + sum(found.left_out.values()) == len(images)
    assert len(best.captions) + sum(best.left_out.values()) == len(images)
    assert len(best.captions) >= len(found.pairs)
    for pair in found.pairs:
        assert pair.chosen.text.strip().lower() != pair.rejected.text.strip().lower()
        assert pair.chosen.captioner is not pair.rejected.captioner
        assert pair.final_choice is None or pair.final_choice.review is not Review.REJECTED
