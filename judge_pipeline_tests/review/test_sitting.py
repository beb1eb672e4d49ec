"""How the images of a sitting are drawn: at random, by what the judge leaves in doubt, or to audit auto-accept."""

from datetime import UTC, datetime

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Draw, Drawing, Order, in_drawing_order, random_number
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.tag import Tag
from judge_pipeline.review.comparison import Side
from judge_pipeline.review.errors import ReviewError
from judge_pipeline.review.sitting import Sitting
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.review.fixtures import FOUR
from judge_pipeline_tests.review.reviewed import Reviewed

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def colours() -> tuple[str, ...]:
    return FOUR


def test_unequal_weights_are_a_stratified_drawing() -> None:
    tags = [Tag("a"), Tag("b")]
    equal = Sitting("s", {tag: Draw(0.5, round=3) for tag in tags})
    unequal = Sitting("s", {tags[0]: Draw(1.0, round=3), tags[1]: Draw(0.2, round=3)})
    assert (equal.asked(tags[1]).drawn, equal.asked(tags[1]).round) == (Drawing.RANDOM, 3)
    assert unequal.asked(tags[0]).drawn is Drawing.STRATIFIED
    assert sorted(unequal.draws, key=lambda tag: random_number(tag) / unequal.draws[tag].weight) == unequal.in_order(
        tags
    )


def test_a_stratified_drawing_begins_with_equal_weights(reviewed: Reviewed) -> None:
    session = reviewed.session(order=Order.STRATIFIED)
    assert {draw.weight for draw in reviewed.records.draws.all().values()} == {1.0}
    assert session.queue == in_drawing_order(session.queue, reviewed.records.draws.all())


def test_there_is_nothing_to_audit_before_there_is_a_rule(reviewed: Reviewed) -> None:
    with pytest.raises(ReviewError, match="nothing to audit"):
        reviewed.session(order=Order.AUDIT)
    assert reviewed.records.draws.all() == {}


def test_doubtful_images_and_adjudication_begin_no_round_of_their_own(reviewed: Reviewed) -> None:
    session = reviewed.session()
    weights = {tag: Draw(0.2 if tag == session.queue[0] else 1.0, round=2) for tag in session.queue}
    reviewed.records.draws.save(weights)
    reviewed.session(order=Order.DISAGREEMENTS)
    reviewed.session(adjudicates=True)
    assert reviewed.records.draws.all() == weights


def test_an_image_decided_in_the_editor_since_stays_in_the_frame(reviewed: Reviewed) -> None:
    first = reviewed.session()
    answered, elsewhere, *_ = first.queue
    first.answer(answered, Side.LEFT)
    choose(reviewed.trial, reviewed.colour(elsewhere), "LLM-8B")
    reviewed.record(
        "final_choices",
        FinalChoice(elsewhere, Captioner.LLM_8B, "LLM-8B", Review.OPEN),
    )
    reviewed.session()
    assert set(reviewed.records.draws.all()) == set(first.queue) | {answered}
    assert {draw.round for draw in reviewed.records.draws.all().values()} == {1}


def test_an_audit_asks_about_the_drawn_share_of_the_accepted_images(reviewed: Reviewed) -> None:
    """An image with a number above its weight is accepted unseen; the others are asked about."""
    session = reviewed.session()
    seen, unseen = session.queue[:2], session.queue[2:]
    draws = {tag: Draw(random_number(tag) * (2 if tag in seen else 0.5)) for tag in session.queue}
    audit = Sitting("s", draws, order=Order.AUDIT)
    queue, _ = audit.queue(session.comparisons.snapshot, {}, reviewer="ada")
    assert set(queue) == set(seen)
    usual = Sitting("s", draws)
    assert set(usual.queue(session.comparisons.snapshot, {}, reviewer="ada")[0]) == {*seen, *unseen}
