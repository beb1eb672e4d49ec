"""What a look at Encord makes of what was known of a person's choice."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE, FinalAnswer, FinalChoice, Review, Sighting, settled
from judge_pipeline.domain.tag import Tag

TAG = Tag("t")
OPTIONS = {"LLM-8B": Captioner.LLM_8B, "LLM-16B": Captioner.LLM_16B, "Both": None}
PEOPLE = st.none() | st.sampled_from(["ada@example.com", "bob@example.com"])
TIMES = st.none() | st.sampled_from(["2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"])

reviews = st.sampled_from(Review)
answers = st.builds(
    lambda label, by, at: FinalAnswer(label, OPTIONS[label], by, at), st.sampled_from(list(OPTIONS)), PEOPLE, TIMES
)
in_encord = st.builds(
    lambda answer, review, blind: FinalChoice(TAG, answer.choice, answer.label, review, blind, answer.by, answer.at),
    answers,
    reviews,
    st.booleans(),
)
ties = st.builds(lambda review, by, at: FinalChoice(TAG, None, TIE, review, True, by, at), reviews, PEOPLE, TIMES)
unanswered = st.sampled_from([Review.APPROVED, Review.REJECTED]).map(
    lambda review: FinalChoice(TAG, None, None, review)
)
known_choices = st.none() | in_encord | ties | unanswered
read = st.builds(lambda review, answer: Sighting(review, answer, is_read=True), reviews, st.none() | answers)
sightings = read | st.builds(Sighting, reviews)


def test_a_stage_says_what_became_of_the_review() -> None:
    stages = ("Human Review", "Complete", "Archive", "LLM1", "")
    assert [Review.at(stage) for stage in stages] == ["open", "approved", "rejected", "open", "open"]


@given(known_choices, sightings)
def test_a_second_look_at_the_same_changes_nothing(known: FinalChoice | None, seen: Sighting) -> None:
    once = settled(TAG, known, seen)
    assert settled(TAG, once, seen) == once


@given(known_choices, sightings)
def test_the_review_is_always_as_it_was_seen_last(known: FinalChoice | None, seen: Sighting) -> None:
    now = settled(TAG, known, seen)
    assert (now.review if now else Review.OPEN) is seen.review


@given(known_choices, reviews, answers)
def test_what_encord_holds_is_what_is_known(known: FinalChoice | None, review: Review, answer: FinalAnswer) -> None:
    now = settled(TAG, known, Sighting(review, answer, is_read=True))
    assert now is not None
    assert (now.label, now.choice) == (answer.label, answer.choice)


@given(known_choices, reviews)
def test_an_answer_that_was_not_read_is_as_it_was(known: FinalChoice | None, review: Review) -> None:
    now = settled(TAG, known, Sighting(review))
    assert (now.label if now else None) == (known.label if known else None)


@given(in_encord, reviews)
def test_an_answer_that_a_person_takes_away_is_gone(known: FinalChoice, review: Review) -> None:
    now = settled(TAG, known, Sighting(review, None, is_read=True))
    assert now == (None if review is Review.OPEN else FinalChoice(TAG, None, None, review))


@given(in_encord, reviews, answers)
def test_blind_is_only_what_was_answered_blind_and_is_still_the_answer(
    known: FinalChoice, review: Review, answer: FinalAnswer
) -> None:
    now = settled(TAG, known, Sighting(review, answer, is_read=True))
    assert now is not None
    assert now.blind is (known.blind and known.label == answer.label)
    if now.blind:
        assert now == replace(known, review=review)


@given(ties, sightings)
def test_a_tie_that_encord_never_held_stays_until_an_answer_takes_its_place(known: FinalChoice, seen: Sighting) -> None:
    now = settled(TAG, known, seen)
    assert now is not None
    assert now.label == (seen.answer.label if seen.answer else TIE)
