"""Rankings: published strengths, two captioners as in the report, what cannot be ranked, and simulated studies."""

from math import log
from typing import Any

import numpy as np
import pytest

from judge_pipeline.domain.statistics import Ranking, bradley_terry, ppi_win_rate, ranking, win_rates
from judge_pipeline_tests.domain.statistics.ranking_study import RankingStudy
from judge_pipeline_tests.domain.statistics.test_bradley_terry import columns, pudding_rows


def rates(found: Ranking) -> dict[Any, float]:
    return {place.name: place.win_rate.value or 0.0 for place in found.places}


def test_davidsons_puddings_have_his_strengths_and_their_order() -> None:
    found = ranking(*columns(pudding_rows()), resamples=200)
    expected = bradley_terry(*columns(pudding_rows()))

    assert [place.name for place in found.places] == [6, 2, 4, 3, 5, 1]
    worths = {place.name: np.exp(place.strength.value or 0) for place in found.places}
    shares = {name: worth / sum(worths.values()) for name, worth in worths.items()}
    assert [round(shares[name], 3) for name in range(1, 7)] == [0.139, 0.173, 0.162, 0.165, 0.159, 0.202]
    assert found.tie == pytest.approx(expected.tie)
    for place in found.places:
        formula = expected.strengths[expected.contestants.index(place.name)].interval
        assert formula is not None
        assert place.strength.interval is not None
        assert place.strength.interval.width == pytest.approx(formula.width, rel=0.2)
    assert np.mean(list(rates(found).values())) == pytest.approx(0.5)


def test_two_captioners_have_the_reports_win_rate_and_their_log_odds() -> None:
    verdicts = ["first"] * 12 + ["second"] * 6 + ["tie"] * 12
    found = ranking(["a"] * 30, ["b"] * 30, verdicts)

    assert rates(found)["a"] == pytest.approx(win_rates(verdicts).first_with_ties_half.value)
    assert found.places[0].strength.value == pytest.approx(log(12 / 6) / 2)
    assert found.places[0].ranks == (1, 2)


def test_two_captioners_corrected_are_ppi() -> None:
    study = RankingStudy(np.array([0.3, -0.3]), labelled=100, images=600)
    first, second, people, judge, _ = study.drawn(np.random.default_rng(4))
    expected = ppi_win_rate(people, judge).corrected
    found = ranking(first, second, people, judge).places

    rate = {place.name: place.win_rate for place in found}["m0"]
    assert rate.value == pytest.approx(expected.value, abs=0.002)
    assert rate.interval is not None
    assert expected.interval is not None
    assert rate.interval.width == pytest.approx(expected.interval.width, rel=0.1)
    assert {place.name: place.win_rate.n for place in found} == {"m0": 100, "m1": 100}


def test_groups_that_never_met_are_named() -> None:
    found = ranking(["a", "b", "x"] * 5, ["b", "c", "y"] * 5, ["first", "second", "tie"] * 5)

    assert found.places == ()
    assert found.undefined == "no battles connect the groups (a, b, c), (x, y), so their strengths do not compare"


def test_what_people_never_compared_is_left_out_or_named() -> None:
    judged = ["first", "second", "tie", "first"] * 3
    people = judged[:8] + [None] * 4

    between_all = ranking(["a"] * 4 + ["b"] * 4 + ["a"] * 4, ["b"] * 4 + ["c"] * 8, people, judged, resamples=50)
    assert between_all.unlabelled == (("a", "c"),)
    assert len(between_all.places) == 3

    chain = ranking(["a"] * 8 + ["b"] * 4, ["b"] * 8 + ["c"] * 4, people, judged, resamples=50)
    assert chain.undefined == (
        "no battles that people decided connect the groups (a, b), (c), so their strengths do not compare"
    )


def test_one_that_never_lost_has_a_win_rate_but_no_interval() -> None:
    found = ranking(["a"] * 9 + ["b", "c"], ["b"] * 9 + ["c", "b"], ["first"] * 11, resamples=50)

    assert rates(found)["a"] == pytest.approx(1, abs=1e-4)
    assert rates(found)["b"] == pytest.approx(0.25, abs=1e-4)
    for place in found.places:
        assert place.ranks is None
        assert place.strength.undefined == "a never lost to b, c, so no strengths are likeliest"
        assert place.win_rate.undefined == f"the interval: {place.strength.undefined}"


def test_an_image_in_two_projects_counts_once() -> None:
    first, second, people, judge, images = RankingStudy().drawn(np.random.default_rng(1))
    once = ranking(first, second, people, judge, images=images, resamples=200)
    twice = ranking(first * 2, second * 2, people * 2, judge * 2, images=images * 2, resamples=200)
    as_others = ranking(first * 2, second * 2, people * 2, judge * 2, resamples=200)

    for one, other, wrong in zip(once.places, twice.places, as_others.places, strict=True):
        assert other.win_rate.value == pytest.approx(one.win_rate.value)
        assert one.win_rate.interval
        assert other.win_rate.interval
        assert wrong.win_rate.interval
        assert other.win_rate.interval.width == pytest.approx(one.win_rate.interval.width, rel=0.05)
        assert wrong.win_rate.interval.width < 0.8 * one.win_rate.interval.width


def test_known_probabilities_undo_a_drawing_that_prefers_the_losses() -> None:
    generator = np.random.default_rng(2)
    people = [*["first"] * 1400, *["second"] * 600]
    drawn = [0.1 if verdict == "first" else 0.5 for verdict in people]
    labels = [verdict if generator.random() < share else None for verdict, share in zip(people, drawn, strict=True)]
    judge = [verdict if generator.random() < 0.8 else "tie" for verdict in people]
    names = ["a"] * 2000, ["b"] * 2000

    assert rates(ranking(*names, labels, judge, probabilities=drawn, resamples=50))["a"] == pytest.approx(0.7, abs=0.03)
    assert rates(ranking(*names, labels, probabilities=drawn, resamples=50))["a"] == pytest.approx(0.7, abs=0.05)
    assert rates(ranking(*names, labels, resamples=50))["a"] < 0.4


def test_each_version_of_the_judge_is_corrected_by_its_own_errors() -> None:
    """One judge is right, the other says the reverse; people label both alike."""
    people: list[str] = ["first", "first", "first", "second"] * 50
    reverse = {"first": "second", "second": "first"}
    judge = people + [reverse[verdict] for verdict in people]
    labels: list[str | None] = [verdict if row % 5 == 0 else None for row, verdict in enumerate(people * 2)]
    versions = ["good"] * 200 + ["bad"] * 200

    found = ranking(["a"] * 400, ["b"] * 400, labels, judge, strata=versions, resamples=50)

    assert rates(found)["a"] == pytest.approx(0.75, abs=0.03)


@pytest.mark.slow
def test_intervals_and_ranks_hold_where_the_judges_own_do_not() -> None:
    """25 studies of three captioners, 40 of 200 images labelled in each pair; the judge favours the worst."""
    found = RankingStudy().coverage(studies=25, resamples=100, seed=3)

    assert found["corrected"] > 0.9
    assert found["people"] > 0.9
    assert found["judge"] < 0.5
    assert found["ranks"] > 0.9
    assert found["width of corrected"] < 0.95 * found["width of people"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"probabilities": [0.5, 0.0]}, "expected a probability above 0, at most 1, of each label, found 0.0"),
        ({"probabilities": [0.5, "x"]}, "expected a probability above 0, at most 1, of each label, found 'x'"),
        ({"probabilities": [0.5]}, "expected columns of equal length"),
        ({"images": [[1], [2]]}, "expected text or numbers as labels"),
        ({"strata": [{}, {}]}, "expected text or numbers as labels"),
        ({"second": ["b", "a"]}, "expected battles between two contestants, found 'a' against itself"),
        ({"second": ["b", None]}, "expected two named contestants in each battle"),
        ({"judge": ["first", "best"]}, "expected a verdict, one of"),
        ({"resamples": 1}, "expected resamples to be a whole number"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(changed: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"first": ["a", "a"], "second": ["b", "b"], "people": ["tie", "first"]}

    with pytest.raises(ValueError, match=sentence):
        ranking(**{**given, **changed})


def test_more_than_a_hundred_contestants_are_too_many() -> None:
    found = ranking(range(101), range(1, 102), ["tie"] * 101)

    assert found.undefined == "102 contestants are too many to rank, at most 100: drop or group some"
