"""What a look at Encord makes of what was known of a person's choice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE, FinalAnswer, FinalChoice, Observation, Review, updated_choice
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind

TAG = Tag("t")
OPTIONS = {"LLM-8B": Captioner.LLM_8B, "LLM-16B": Captioner.LLM_16B, "Both": None}
PEOPLE = st.none() | st.sampled_from(["ada@example.com", "bob@example.com"])
BEFORE, MADE, AFTER = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
TIMES = st.none() | st.sampled_from([BEFORE.isoformat(), AFTER.isoformat()])
NAMES = st.none() | st.sampled_from(["aaaaaaaa", "bbbbbbbb"])
TEXTS = st.sampled_from([("8b", "16b"), ("new 8b", "16b"), ()])

reviews = st.sampled_from(Review)
answers = st.builds(
    lambda label, by, at, name: FinalAnswer(label, OPTIONS[label], by, at, name),
    st.sampled_from(list(OPTIONS)),
    PEOPLE,
    TIMES,
    NAMES,
)
in_encord = st.builds(
    lambda answer, review, blind, texts: FinalChoice(
        TAG,
        answer.choice,
        answer.label,
        review,
        blind,
        answer.by,
        answer.at,
        given_for=texts,
        answer_hash=answer.answer_hash,
        saved_at=answer.at,
    ),
    answers,
    reviews,
    st.booleans(),
    st.none() | TEXTS,
)
ties = st.builds(
    lambda review, by, at, texts: FinalChoice(TAG, None, TIE, review, True, by, at, given_for=texts),
    reviews,
    PEOPLE,
    TIMES,
    TEXTS,
)
unanswered = st.sampled_from([Review.APPROVED, Review.REJECTED]).map(
    lambda review: FinalChoice(TAG, None, None, review)
)
known_choices = st.none() | in_encord | ties | unanswered
read = st.builds(
    lambda review, answer, texts, since: Observation(review, answer, True, texts, since),
    reviews,
    st.none() | answers,
    TEXTS,
    st.none() | st.just(MADE),
)
observations = read | st.builds(lambda review, texts: Observation(review, texts=texts), reviews, TEXTS)


def test_a_stage_says_what_became_of_the_review() -> None:
    kinds = (StageKind.REVIEW, StageKind.COMPLETE, StageKind.ARCHIVE, StageKind.LLM1, StageKind.OTHER)
    assert [Review.at(kind) for kind in kinds] == ["open", "approved", "rejected", "open", "open"]


@given(known_choices, observations)
def test_a_second_look_at_the_same_changes_nothing(known: FinalChoice | None, seen: Observation) -> None:
    once = updated_choice(TAG, known, seen)
    assert updated_choice(TAG, once, seen) == once


@given(known_choices, observations)
def test_the_review_is_always_as_it_was_seen_last(known: FinalChoice | None, seen: Observation) -> None:
    now = updated_choice(TAG, known, seen)
    assert (now.review if now else Review.OPEN) is seen.review


@given(known_choices, reviews, answers)
def test_what_encord_holds_is_what_is_known(known: FinalChoice | None, review: Review, answer: FinalAnswer) -> None:
    now = updated_choice(TAG, known, Observation(review, answer, is_read=True))
    assert now is not None
    assert (now.label, now.choice) == (answer.label, answer.choice)


@given(known_choices, reviews)
def test_an_answer_that_was_not_read_is_as_it_was(known: FinalChoice | None, review: Review) -> None:
    now = updated_choice(TAG, known, Observation(review))
    assert (now.label if now else None) == (known.label if known else None)


@given(in_encord, reviews)
def test_an_answer_that_a_person_takes_away_is_gone(known: FinalChoice, review: Review) -> None:
    now = updated_choice(TAG, known, Observation(review, None, is_read=True))
    assert now == (None if review is Review.OPEN else FinalChoice(TAG, None, None, review))


@given(in_encord, reviews, answers, TEXTS)
def test_blind_is_only_what_was_answered_blind_and_is_still_the_answer(
    known: FinalChoice, review: Review, answer: FinalAnswer, texts: tuple[str, ...]
) -> None:
    now = updated_choice(TAG, known, Observation(review, answer, is_read=True, texts=texts))
    assert now is not None
    is_same = known.matches(answer) or (known.label == answer.label and known.is_given_for(texts))
    assert now.blind is (known.blind and is_same)
    if now.blind:
        assert (now.decided_by, now.decided_at) == (known.decided_by, known.decided_at)


@given(in_encord, observations)
def test_an_answer_stays_with_its_captions_until_it_is_given_again(known: FinalChoice, seen: Observation) -> None:
    now = updated_choice(TAG, known, seen)
    is_same = now is not None and (not seen.is_read or (seen.answer is not None and known.matches(seen.answer)))
    if now is not None and now.label is not None and known.given_for is not None and is_same:
        assert now.given_for == known.given_for


@given(answers, TEXTS, answers, TEXTS)
def test_an_answer_that_is_given_again_is_for_the_present_captions(
    before: FinalAnswer, old: tuple[str, ...], answer: FinalAnswer, new: tuple[str, ...]
) -> None:
    """Also the same option: its name or its time is another one."""
    known = updated_choice(TAG, None, Observation(Review.OPEN, before, is_read=True, texts=old))
    assert known is not None
    now = updated_choice(TAG, known, Observation(Review.OPEN, answer, is_read=True, texts=new))
    assert now is not None
    assert now.given_for == (old if known.matches(answer) else new)


@given(answers, TEXTS)
def test_times_count_only_if_the_store_was_not_in_sync(answer: FinalAnswer, texts: tuple[str, ...]) -> None:
    watched = updated_choice(TAG, None, Observation(Review.OPEN, answer, is_read=True, texts=texts))
    unwatched = updated_choice(TAG, None, Observation(Review.OPEN, answer, is_read=True, texts=texts, texts_since=MADE))
    assert watched is not None
    assert unwatched is not None
    assert (watched.given_for, watched.by_times) == (texts, False)
    assert (unwatched.given_for, unwatched.by_times) == (() if answer.at == BEFORE.isoformat() else texts, True)


@pytest.mark.parametrize(("seconds", "is_for_them"), [(-1, False), (0, True), (1, True)])
def test_a_choice_in_the_second_in_which_its_captions_were_made_is_for_them(seconds: int, is_for_them: bool) -> None:
    """Encord's times are whole seconds here; a person can only answer once there is something to read."""
    answer = FinalAnswer("LLM-8B", Captioner.LLM_8B, at=(MADE + timedelta(seconds=seconds)).isoformat())
    seen = Observation(Review.OPEN, answer, is_read=True, texts=("8b", "16b"), texts_since=MADE)
    choice = updated_choice(TAG, None, seen)
    assert choice is not None
    assert choice.given_for == (("8b", "16b") if is_for_them else ())


def test_without_an_answer_that_counts_the_end_of_the_review_is_left() -> None:
    choice = FinalChoice(TAG, Captioner.LLM_8B, "LLM-8B", Review.REJECTED, blind=True, given_for=("8b", "16b"))
    assert not choice.is_given_for(("new 8b", "16b"))
    assert not choice.is_given_for(None)
    assert choice.without_answer() == FinalChoice(TAG, None, None, Review.REJECTED)
    assert replace(choice, review=Review.OPEN).without_answer() is None


@given(ties, observations)
def test_a_tie_that_encord_never_held_stays_until_an_answer_takes_its_place(
    known: FinalChoice, seen: Observation
) -> None:
    now = updated_choice(TAG, known, seen)
    assert now is not None
    assert now.label == (seen.answer.label if seen.answer else TIE)
