"""Which captioner of several projects is best: what counts, what is left out, and what is said about it."""

import json
import time
from dataclasses import replace

import pytest

from judge_pipeline.domain.statistics import Ranking
from judge_pipeline.reporting.opinions import FIRST, Opinions
from judge_pipeline.reporting.ranking import CaptionerRanking
from judge_pipeline.reporting.ranking_json import ranking_json
from judge_pipeline_tests.reporting.ranking_projects import Project

AB = Project("p1", "a", "b")
BC = Project("p2", "b", "c", numbers=range(25, 75))


def ranked(*projects: Project, **names: str) -> CaptionerRanking:
    return CaptionerRanking([project.ranked for project in projects], names)


def order(found: Ranking) -> list[str]:
    return [str(place.name) for place in found.places]


def rate(found: Ranking, name: str) -> float:
    return next(place.win_rate.value or 0.0 for place in found.places if place.name == name)


def notes(*projects: Project) -> str:
    return "\n".join(ranked(*projects).notes)


def test_captioners_that_never_met_are_ranked_through_a_third() -> None:
    found = ranked(AB, BC)

    assert order(found.corrected) == order(found.people) == ["a", "b", "c"]
    assert order(found.judge) == ["c", "b", "a"]
    assert found.leading == ("judge corrected by people", found.corrected)
    assert [(pair.one, pair.other, pair.images, pair.labelled, pair.judge) for pair in found.pairs] == [
        ("a", "b", 50, 40, 0.4),
        ("b", "c", 50, 40, 0.4),
    ]


def test_one_project_has_the_win_rates_of_its_report() -> None:
    found = ranked(AB)
    opinions = Opinions(AB.outcomes)
    labels = [verdict.points for verdict in opinions.sampled.people if verdict.points is not None]

    assert rate(found.people, "a") == pytest.approx(sum(labels) / len(labels))
    assert rate(found.judge, "a") == pytest.approx(0.4)
    assert rate(found.corrected, "a") == pytest.approx(0.7, abs=0.05)
    assert found.pairs[0].people == pytest.approx(sum(labels) / len(labels))


def test_projects_without_a_common_captioner_are_named() -> None:
    found = ranked(AB, replace(BC, first="x", second="y"))

    assert found.leading is None
    assert found.people.undefined == "no battles connect the groups (a, b), (x, y), so their strengths do not compare"


def test_two_names_of_one_model_become_one_captioner() -> None:
    found = ranked(AB, replace(BC, first="B/b"), **{"B/b": "b"})

    assert order(found.corrected) == ["a", "b", "c"]


def test_a_captioner_against_itself_compares_nothing() -> None:
    alone = ranked(replace(AB, second="a"))
    both = ranked(AB, replace(BC, second="b"))

    assert alone.leading is None
    assert alone.people.undefined == "there are no battles"
    assert alone.notes == ["Project p1: 50 images are captioned by a on both sides, which compares nothing."]
    assert rate(both.judge, "a") == rate(ranked(AB).judge, "a")


def test_scripted_choices_never_count() -> None:
    found = ranked(replace(AB, is_scripted=True))

    assert found.people.undefined == "there are no battles"
    assert found.leading == ("judge", found.judge)
    assert "40 final choices were made by a demo's script and count nowhere." in found.notes


def test_choices_of_unknown_drawing_count_nowhere() -> None:
    found = ranked(replace(AB, is_drawn=False))

    assert found.people.undefined == "there are no battles"
    assert "40 final choices by people count nowhere, because it is not known how" in notes(replace(AB, is_drawn=False))


def test_a_project_without_choices_is_not_covered_by_those_of_another() -> None:
    unlabelled = replace(BC, first="a", second="b", labelled=0)
    found = ranked(AB, unlabelled)

    assert rate(found.corrected, "a") == pytest.approx(rate(ranked(AB).corrected, "a"))
    assert ranked(AB, replace(BC, labelled=0)).corrected.undefined == (
        "no battles that people decided connect the groups (a, b), (c), so their strengths do not compare"
    )


def test_judges_of_different_versions_are_never_pooled_but_corrected_apart() -> None:
    found = ranked(AB, replace(BC, judged_with="j; both orders; prompt 2"))

    assert found.judge.undefined == (
        "the projects have different judges, whose choices do not compare: "
        "j; j; both orders; prompt 1 | j; j; both orders; prompt 2"
    )
    assert order(found.corrected) == ["a", "b", "c"]


def test_earlier_judgements_within_a_project_are_left_out() -> None:
    mixed = replace(AB, numbers=range(50)).outcomes
    earlier = replace(AB, judged_with="old", by_judge=(FIRST,)).outcomes
    project = replace(AB.ranked, outcomes=(*mixed[:30], *earlier[30:]))
    found = CaptionerRanking([project], {})

    assert found.judge.battles == 30
    assert "Project p1: 20 images are judged by another version of the judge, which counts nowhere." in found.notes


def test_an_image_of_two_projects_is_said_to_be_one() -> None:
    assert "25 images are in several projects; each counts once per pair" in notes(AB, BC)


def test_measured_models_prompts_and_few_choices_are_said() -> None:
    said = notes(replace(AB, first="measured-brief", labelled=12), replace(BC, caption_prompt="2"))

    assert "measured-brief: measured descriptions, not vision-language models." in said
    assert "b captioned with 2 versions of the prompt" in said
    assert "Fewer than 30 choices by people, so that intervals are rough: b and measured-brief (12)." in said


def test_a_captioner_that_always_wins_has_a_rate_and_a_reason() -> None:
    found = ranked(replace(AB, by_people=(FIRST,), by_judge=(FIRST,)))

    assert rate(found.people, "a") == pytest.approx(1, abs=1e-4)
    assert found.people.places[0].win_rate.undefined == (
        "the interval: a never lost to b, so no strengths are likeliest"
    )


def test_the_json_is_complete_and_readable() -> None:
    found = json.loads(json.dumps(ranking_json(ranked(AB, BC)), allow_nan=False))

    assert found["ordered_by"] == "judge corrected by people"
    assert set(found["rankings"]) == {"judge_corrected_by_people", "people", "judge"}
    first = found["rankings"]["judge_corrected_by_people"]["captioners"][0]
    assert first["captioner"] == "a"
    assert first["win_rate"]["images"] == 40
    assert first["win_rate"]["interval_95"][0] > 0.5
    assert found["projects"][0] == {"name": "p1", "images": 50, "judge": "j; j; both orders; prompt 1"}
    assert ranking_json(ranked())["ordered_by"] is None


@pytest.mark.slow
def test_ten_thousand_images_take_seconds() -> None:
    projects = [
        replace(project, numbers=range(start, start + 5000), labelled=500) for project, start in ((AB, 0), (BC, 2500))
    ]
    found = ranked(*projects)

    start = time.process_time()
    assert order(found.corrected) == order(found.people) == order(found.judge)[::-1] == ["a", "b", "c"]
    assert time.process_time() - start < 5
