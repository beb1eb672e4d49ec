"""What counts as a win, what does not, and what stays unknown."""

import json

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.outcome import State
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.report import JUDGE
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    correctness,
    decided,
    failed,
    image,
    judgement,
    report_of,
    report_on,
)

ONE, TWO, THREE, FOUR = Tag("one"), Tag("two"), Tag("three"), Tag("four")
EMPTY = report_on(images={}, captions_8b={}, captions_16b={}, judgements={})


def test_the_states_are_kept_apart_and_each_image_has_one() -> None:
    report = report_on(
        images={tag: image(tag) for tag in (ONE, TWO, THREE, FOUR, Tag("five"))},
        captions_8b={},
        captions_16b={},
        judgements={
            ONE: judgement(ONE, B),
            TWO: judgement(TWO, None, orders_agree=False),
            THREE: judgement(THREE, B, not_available=(A,)),
        },
        failures=[failed("judgements", FOUR, "refused", "no"), failed("captions_8b", FOUR, "empty", "no words")],
    )

    assert report.states == {
        State.DECIDED: 1,
        State.UNDECIDED: 1,
        State.NOT_AVAILABLE: 1,
        State.FAILED: 1,
        State.NOT_JUDGED: 1,
    }


def test_a_choice_between_an_answer_and_none_is_not_a_win() -> None:
    """A missing answer is counted as such: it says nothing about how the captions compare."""
    report = report_of(judgement(ONE, B, not_available=(A,)), judgement(TWO, A))

    assert report.wins == {A: 1, B: 0}
    assert (report.win_rate(A).count, report.win_rate(A).total) == (1, 1)


def test_an_image_that_could_not_be_read_has_failed_and_keeps_its_title() -> None:
    report = report_on(
        images={},
        captions_8b={},
        captions_16b={},
        judgements={},
        failures=[failed("images", ONE, "unreadable_image", "the file ends early: truncated JPEG")],
    )

    assert [(outcome.title, outcome.state) for outcome in report.outcomes] == [("one.jpg", State.FAILED)]


def test_a_judged_image_whose_refresh_failed_is_still_judged() -> None:
    report = report_of(judgement(ONE, A), failures=[failed("judgements", ONE, "refused", "no")])

    assert report.states[State.DECIDED] == 1
    assert report.states[State.FAILED] == 0


@given(st.lists(st.sampled_from([A, B, None])))
def test_wins_sum_to_the_decided_and_states_to_all_images(choices: list[object]) -> None:
    report = report_of(*(judgement(Tag(str(number)), choice) for number, choice in enumerate(choices)))  # type: ignore[arg-type]

    assert sum(report.wins.values()) == report.states[State.DECIDED]
    assert sum(report.states.values()) == len(choices)


def test_flips_are_counted_only_for_different_captions_asked_in_both_orders() -> None:
    report = report_of(
        judgement(ONE, A, orders_agree=False),
        judgement(TWO, A, orders_agree=True),
        judgement(THREE, A, orders_agree=None),
        judgement(FOUR, None, orders_agree=False, captions_alike=True),
    )

    assert (report.order_flips.count, report.order_flips.total) == (1, 2)


def test_the_mean_position_covers_only_images_with_a_score() -> None:
    """Three images: (1 + 3 + 4) / 3 for the 8B; the 16B had no answer once: (2 + 2) / 2."""
    report = report_of(
        judgement(ONE, A, scores=[correctness(A, 1), correctness(B, 2)]),
        judgement(TWO, A, scores=[correctness(A, 3), correctness(B, 2)]),
        judgement(THREE, A, scores=[correctness(A, 4)], not_available=(B,)),
    )
    (criterion,) = report.criteria

    assert (criterion.mean_position(A), criterion.mean_position(B)) == (8 / 3, 2)
    assert criterion.counts == {A: (0, 1, 0, 1, 1), B: (0, 0, 2, 0, 0)}
    assert criterion.labels == (None, "Inaccurate", "Somewhat accurate", "Accurate", "Very accurate")


def test_a_criterion_without_scores_has_no_mean() -> None:
    (criterion,) = report_of(judgement(ONE, B, scores=[correctness(B, 2)])).criteria

    assert criterion.mean_position(A) is None


def test_one_unknown_cost_makes_the_total_unknown_and_leaves_the_other_parts_known() -> None:
    report = report_on(
        images={},
        captions_8b={ONE: caption(ONE, A), TWO: caption(TWO, A, cost_usd=None)},
        captions_16b={ONE: caption(ONE, B)},
        judgements={ONE: judgement(ONE, A)},
    )

    assert report.spent[A] == Spent(200, 20, None, 3.0, None, None)
    assert report.spent[B].cost_usd == 0.5
    assert report.spent[JUDGE].cost_usd == 0.25
    assert report.spent_in_all.cost_usd is None
    assert report.spent_in_all.prompt_tokens == 1300
    assert report.to_metadata()["cost_usd"] == "unknown"


def test_the_models_are_those_that_answered() -> None:
    report = report_on(
        images={},
        captions_8b={ONE: caption(ONE, A, model="old"), TWO: caption(TWO, A, model="new")},
        captions_16b={},
        judgements={},
    )

    assert report.models == {A: ("new", "old"), B: (), JUDGE: ()}


def test_undefined_numbers_say_so_in_metadata_and_are_null_in_json() -> None:
    metadata = EMPTY.to_metadata()
    numbers = json.loads(json.dumps(EMPTY.numbers, allow_nan=False))

    assert metadata["win_rate_8b"] == metadata["win_rate_8b_low"] == metadata["order_flips"] == "undefined"
    assert numbers["win_rates"]["LLM 8B"] == {"count": 0, "total": 0, "value": None, "interval_95": None}


def test_metadata_is_plain_scalars_of_the_main_numbers() -> None:
    metadata = decided(wins_8b=6, wins_16b=18).to_metadata()

    assert {type(value) for value in metadata.values()} == {int, float, str}
    assert {value for value in metadata.values() if isinstance(value, str)} == {"undefined", "unknown"}
    assert {
        name: metadata[name] for name in ("images", "wins_8b", "wins_16b", "decided", "failed", "win_rate_16b")
    } == {
        "images": 24,
        "wins_8b": 6,
        "wins_16b": 18,
        "decided": 24,
        "failed": 0,
        "win_rate_16b": 0.75,
    }


def test_json_names_the_state_and_the_failures_of_every_image() -> None:
    report = report_of(judgement(TWO, B), failures=[failed("judgements", ONE, "refused", "no")])

    assert json.loads("".join(report.json_text()))["outcomes"] == [
        {
            "tag": "one",
            "title": "one.jpg",
            "state": "failed",
            "winner": None,
            "person": "missing",
            "person_chose": None,
            "blind": None,
            "scripted": None,
            "drawn": None,
            "sitting": None,
            "judgement_version": None,
            "in_population": False,
            "probability": None,
            "basis": None,
            "chosen_for_earlier_captions": None,
            "corrected": {},
            "corrected_for_earlier_captions": [],
            "failures": [{"asset": "judgements", "kind": "refused", "message": "no"}],
        },
        {
            "tag": "two",
            "title": "two.jpg",
            "state": "decided",
            "winner": "LLM 16B",
            "person": "missing",
            "person_chose": None,
            "blind": None,
            "scripted": None,
            "drawn": None,
            "sitting": None,
            "judgement_version": None,
            "in_population": False,
            "probability": None,
            "basis": None,
            "chosen_for_earlier_captions": None,
            "corrected": {},
            "corrected_for_earlier_captions": [],
            "failures": [],
        },
    ]
