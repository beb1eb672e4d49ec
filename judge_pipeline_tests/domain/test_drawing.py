"""Drawing images for review: the sample is what permanent random numbers say, wherever people stop."""

from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.drawing import Draw, in_drawing_order, inclusion_probabilities, next_round, random_number
from judge_pipeline.domain.tag import Tag


def tags_of(count: int, *, study: int = 0) -> list[Tag]:
    return [Tag(str(uuid5(UUID(int=study), str(number)))) for number in range(count)]


def drawn(draws: dict[Tag, Draw], count: int) -> dict[Tag, float]:
    """The sample after the first `count` images have been answered in their order."""
    answered = in_drawing_order(draws, draws)[:count]
    rounds = dict.fromkeys(answered, 1)
    probabilities = inclusion_probabilities(draws, answered=answered, drawn_in=rounds)
    return {tag: probabilities[tag] for tag in answered if random_number(tag) < probabilities[tag]}


def test_random_numbers_are_uniform() -> None:
    numbers = sorted(map(random_number, tags_of(2000)))

    assert max(abs(number - (rank + 0.5) / 2000) for rank, number in enumerate(numbers)) < 1.63 / 2000**0.5


@given(st.integers(1, 60), st.integers(0, 60), st.booleans())
def test_every_answer_in_drawing_order_is_in_the_sample(images: int, answers: int, weighted: bool) -> None:
    weights = {tag: (0.2 if weighted and number % 3 else 1.0) for number, tag in enumerate(tags_of(images))}
    draws = next_round({}, weights, answered=(), drawn_in={})
    sample = drawn(draws, answers)

    assert len(sample) == min(answers, images)
    assert all(0 < probability <= 1 for probability in sample.values())
    if answers >= images:
        assert set(sample.values()) == {1.0}


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_totals_are_unbiased_wherever_people_stop(weighted: bool) -> None:
    """Of 40 images, those with a large value are drawn five times as often; 600 studies of 12 answers each."""
    totals = []
    for study in range(600):
        tags = tags_of(40, study=study)
        values = {tag: float(number % 4) for number, tag in enumerate(tags)}
        weights = {tag: (1.0 if values[tag] > 1 else 0.2) if weighted else 1.0 for tag in tags}
        draws = next_round({}, weights, answered=(), drawn_in={})
        totals.append(sum(values[tag] / probability for tag, probability in drawn(draws, 12).items()))
    mean = sum(totals) / len(totals)
    error = (sum((total - mean) ** 2 for total in totals) / len(totals)) ** 0.5 / len(totals) ** 0.5

    assert mean == pytest.approx(60, abs=4 * error)


def test_new_images_begin_a_round_and_old_ones_keep_what_they_had() -> None:
    old, new = tags_of(20), tags_of(30)
    draws = next_round({}, dict.fromkeys(old, 1.0), answered=(), drawn_in={})
    answered = in_drawing_order(old, draws)[:10]
    first = next_round(draws, dict.fromkeys(new, 1.0), answered=answered, drawn_in=dict.fromkeys(answered, 1))

    threshold = random_number(in_drawing_order(old, draws)[10])
    assert {first[tag].reached for tag in old} == {threshold}
    assert {first[tag].reached for tag in new[20:]} == {0.0}
    assert {draw.round for draw in first.values()} == {2}
    assert next_round(first, dict.fromkeys(new, 1.0), answered=answered, drawn_in={}) == {}


def test_an_answer_out_of_order_counts_once_the_draw_has_passed_it() -> None:
    tags = tags_of(10)
    draws = next_round({}, dict.fromkeys(tags, 1.0), answered=(), drawn_in={})
    order = in_drawing_order(tags, draws)
    doubtful, early = order[5], order[:3]

    before = inclusion_probabilities(draws, answered=[doubtful], drawn_in={})
    assert set(before.values()) == {0.0}
    some = inclusion_probabilities(draws, answered=[doubtful, *early], drawn_in=dict.fromkeys(early, 1))
    assert random_number(doubtful) > some[doubtful] == random_number(order[3])
    most = inclusion_probabilities(draws, answered=order[:6], drawn_in=dict.fromkeys(order[:5], 1))
    assert random_number(doubtful) < most[doubtful] == random_number(order[6])


def test_an_image_that_was_put_off_does_not_stop_the_draw() -> None:
    tags = tags_of(10)
    draws = next_round({}, dict.fromkeys(tags, 1.0), answered=(), drawn_in={})
    order = in_drawing_order(tags, draws)
    answered = [order[0], order[2], order[3]]

    found = inclusion_probabilities(draws, answered=answered, drawn_in=dict.fromkeys(answered, 1))

    assert set(found.values()) == {random_number(order[4])}
