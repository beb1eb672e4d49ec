"""What a judge says when the captions change places."""

import pytest

from judge_pipeline.domain.statistics import two_order_accuracy, two_orders


def test_every_image_with_an_opinion_in_both_orders_is_counted_once() -> None:
    """By hand: two consistent of six, two for whichever came first, one for the second, one tie in one order."""
    shown_first = ["first", "tie", "first", "first", "second", "tie", "failed", None]
    shown_second = ["first", "tie", "second", "second", "first", "first", "first", "second"]

    found = two_orders(shown_first, shown_second)

    assert (found.consistency.count, found.consistency.total) == (2, 6)
    assert (found.first_shown, found.second_shown, found.tie_in_one) == (2, 1, 1)
    assert (found.position_bias.only_first, found.position_bias.only_second) == (2, 1)


def test_a_judge_that_takes_the_first_shown_is_found_out() -> None:
    found = two_orders(["first"] * 20, ["second"] * 20)

    assert found.consistency.value == 0
    assert found.position_bias.p_exact == pytest.approx(2 / 2**20)


def test_such_a_judge_is_half_right_in_either_order_and_never_in_both() -> None:
    people = ["first", "second"] * 10

    accuracy = two_order_accuracy(["first"] * 20, ["second"] * 20, people)

    assert accuracy.shown_first_then_second.value == 0.5
    assert accuracy.shown_second_then_first.value == 0.5
    assert accuracy.in_both.value == 0


def test_a_tie_is_an_opinion_that_people_may_share() -> None:
    accuracy = two_order_accuracy(["tie", "tie"], ["tie", "tie"], ["tie", "first"])

    assert (accuracy.in_both.count, accuracy.in_both.total) == (1, 2)


def test_without_images_in_both_orders_all_is_undefined() -> None:
    found = two_orders(["first", None], [None, "failed"])

    assert found.consistency.value is None
    assert found.position_bias.p_exact is None
    assert two_order_accuracy([], [], []).in_both.value is None
