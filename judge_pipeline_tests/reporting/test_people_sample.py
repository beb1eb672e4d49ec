"""Which of people's choices speak for which images, and what the report says about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Drawing
from judge_pipeline.domain.final_choice import SCRIPTED, FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.statistics import sampled_share
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.headline import cautions
from judge_pipeline.reporting.metric import Section
from judge_pipeline.reporting.people_sample import NOT_DRAWN
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.domain.test_drawing import tags_of
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    drawing_order,
    first_round,
    image,
    judgement,
    person,
    report_on,
)

TAGS = tags_of(100)
DRAWS = first_round(TAGS)
ORDER = drawing_order(DRAWS)
TRUTH = {tag: B if number % 4 else A for number, tag in enumerate(TAGS)}


def reported(choices: Sequence[FinalChoice], *, judged: Mapping[Tag, Judgement] | None = None, **values: Any) -> Report:
    """A judge that always says 16B, or what `judged` says, and these choices; all images are in the first round of drawing."""
    return report_on(
        images={tag: image(tag) for tag in TAGS},
        captions_8b={tag: caption(tag, A) for tag in TAGS},
        captions_16b={tag: caption(tag, B) for tag in TAGS},
        judgements={tag: judgement(tag, B) for tag in TAGS} | dict(judged or {}),
        final_choices={choice.tag: choice for choice in choices},
        **{"draws": DRAWS, **values},
    )


def section(report: Report, name: str) -> Section:
    return next(section for section in report.sections if section.name == name)


def notes(report: Report, name: str = "trust") -> str:
    return " ".join(section(report, name).notes)


def table(report: Report, name: str) -> list[tuple[Any, ...]]:
    return [row for each in report.sections for table in each.tables if table.name == name for row in table.rows]


def drawn(count: int) -> list[FinalChoice]:
    """The answers of a person who has come this far in the review's order."""
    return [person(tag, TRUTH[tag]) for tag in ORDER[:count]]


def from_disagreements(tags: Sequence[Tag]) -> list[FinalChoice]:
    return [person(tag, TRUTH[tag], drawn=Drawing.DISAGREEMENTS) for tag in tags]


def in_editor(tags: Sequence[Tag], choice: Captioner = B) -> list[FinalChoice]:
    return [person(tag, choice, blind=False) for tag in tags]


def test_drawn_choices_speak_for_all_images() -> None:
    report = reported(drawn(40))
    share = sampled_share([TRUTH[tag] is B for tag in ORDER[:40]], population=100)

    assert report.metric("agreement").value == pytest.approx(share.value)
    assert report.metric("people").value == pytest.approx(share.value)
    assert (
        "The numbers hold for all 100 images. They rest on choices with known probabilities: 40 drawn at random, blind."
        in notes(report)
    )
    assert "all 100 images" in report.metric("judge_corrected_by_people").means
    assert "Only" not in notes(report)


def test_disagreements_are_shown_apart_and_never_in_a_number_about_all_images() -> None:
    """The judge says 16B of all; the disagreements are images where people say 8B."""
    report = reported(from_disagreements([tag for tag in TAGS if TRUTH[tag] is A]))

    for name in ("people", "judge_corrected_by_people", "agreement", "kappa", "ac1", "people_prefer_longer"):
        assert (report.metric(name).value, report.metric(name).n) == (None, 0)
    assert report.metric("agreement").undefined == NOT_DRAWN
    assert (report.metric("agreement_not_drawn").value, report.metric("agreement_not_drawn").interval) == (0, None)
    assert "nothing can be said about all images: 25 picked from the disagreements, blind." in notes(report)
    assert "`judge-pipeline review` draws images with known probabilities" in notes(report)
    assert "hold for all" not in notes(report)


def test_disagreements_that_the_draw_had_reached_too_count() -> None:
    late = from_disagreements([*ORDER[:3], *ORDER[60:80]])
    report = reported([*late, *drawn(40)[3:]])

    assert report.metric("agreement").n == 40
    assert report.metric("agreement_not_drawn").n == 20
    assert ("picked from the disagreements, blind", 23, 3) in [row[:3] for row in table(report, "choices")]
    assert "hold for their own images only: 20 picked from the disagreements, blind." in notes(report)


def test_choices_in_the_editor_before_their_turn_are_not_spoken_for() -> None:
    drawn_later = [person(tag, TRUTH[tag]) for tag in (*ORDER[:20], *ORDER[30:50])]
    report = reported([*drawn_later, *in_editor(ORDER[20:30])])

    assert report.metric("agreement").n == report.metric("people").n == 40
    assert "The numbers hold for 90 of 100 images" in notes(report)
    assert "hold for their own images only: 10 in Encord's editor." in notes(report)
    assert (report.metric("agreement_seeing").value, report.metric("agreement_seeing").interval) == (1, None)
    assert [row[0] for row in table(report, "counts")] == ["People", "People, not drawn", "Judge"]


def test_choices_in_the_editor_after_the_drawing_change_nothing() -> None:
    alone, report = reported(drawn(40)), reported([*drawn(40), *in_editor(ORDER[70:80], A)])

    for name in ("people", "judge_corrected_by_people", "agreement", "kappa"):
        assert report.metric(name) == alone.metric(name)
    assert "The numbers hold for all 100 images" in notes(report)


def test_only_choices_in_the_editor_say_nothing_of_all_images() -> None:
    report = reported(in_editor(TAGS[:60]))

    assert report.metric("people").undefined == report.metric("kappa").undefined == NOT_DRAWN
    assert "60 in Encord's editor" in notes(report)


def test_what_a_user_vouches_for_is_called_assumed() -> None:
    report = reported(in_editor(TAGS[:60]), assume_random=True)

    assert report.metric("agreement").n == 60
    assert "It is assumed, not known, that the numbers hold for all 100 images" in notes(report)
    assert "JUDGE_PIPELINE_ASSUME_RANDOM_CHOICES" in notes(report)
    assert "The numbers hold" not in notes(report)


def test_a_census_is_exact() -> None:
    report = reported(drawn(100))

    for name in ("people", "judge_corrected_by_people", "agreement"):
        assert report.metric(name).value == pytest.approx(0.75)
        assert report.metric(name).is_exact
        assert report.metric(name).precision.startswith("Exact, from 100 images")
        assert report.metric(name).sample_size_advice == ""
    assert "every one is decided, so the win rate according to people is exact" in notes(report)


def test_a_census_made_partly_in_the_editor_is_exact_for_people_but_not_for_the_agreement() -> None:
    report = reported([*drawn(50), *in_editor(ORDER[50:])])

    assert report.metric("people").is_exact
    assert report.metric("agreement").n == 50
    assert not report.metric("agreement").is_exact
    assert "it counts only the 50 made blind" in notes(report)


def test_a_scripts_choices_count_only_while_no_person_has_decided() -> None:
    scripted = [replace(choice, decided_by=SCRIPTED) for choice in drawn(40)]

    assert reported(scripted).metric("agreement").n == 40
    assert "made by a demo's script" in notes(reported(scripted))
    with_people = reported([*drawn(1), *scripted[1:]])
    assert with_people.metric("people").n == 1
    assert "they count nowhere" in notes(with_people)


@pytest.mark.parametrize(("count", "is_cautioned"), [(1, True), (29, True), (30, False), (100, False)])
def test_few_choices_come_with_a_caution(count: int, is_cautioned: bool) -> None:
    report = reported(drawn(count))

    assert ("Below 30" in notes(report)) is is_cautioned
    assert ("Below 30" in notes(report, "better")) is is_cautioned


def test_unequal_probabilities_are_weighted() -> None:
    """Images where people say 8B are drawn four times as often; unweighted, half of the choices would be for 16B."""
    draws = first_round(TAGS, {tag: 1.0 if TRUTH[tag] is A else 0.25 for tag in TAGS})
    choices = [person(tag, TRUTH[tag], drawn=Drawing.STRATIFIED) for tag in drawing_order(draws)[:40]]
    report = reported(choices, draws=draws)
    of_16b = sum(choice.choice is B for choice in choices)
    people = report.metric("people")

    assert of_16b / 40 < 0.65
    assert people.value == pytest.approx(0.75, abs=0.1)
    assert people.interval is not None
    assert 0.75 in people.interval
    assert f"{of_16b} of 40, weighted {people.value:.0%}" in table(report, "counts")[0][7]
    assert f"{of_16b} of 40, weighted {people.value:.0%}" in table(report, "versions")[0][5]


def test_the_corrected_win_rate_uses_the_present_judge_only() -> None:
    """The present judge has judged where no person has chosen; what an earlier one said of the others is not its opinion."""
    earlier = {tag: judgement(tag, TRUTH[tag], judged_with="old") for tag in ORDER[:40]}
    present = {tag: judgement(tag, A, judged_with="new") for tag in ORDER[40:]}
    report = reported(drawn(40), judged=earlier | present, judged_with="new")

    assert report.metric("judge_corrected_by_people").value == pytest.approx(report.metric("people").value)
    assert report.metric("agreement").n == 0
    assert [(row[7], row[8], row[5][:8]) for row in table(report, "versions")] == [
        ("new", "yes", "undefine"),
        ("old", "no", "40 of 40"),
    ]


def test_a_judge_that_has_not_been_asked_yet_is_named() -> None:
    report = reported(drawn(40), judged_with="new")

    assert "has judged no image yet" in notes(report, "versions")


def test_every_outcome_says_how_its_choice_came_about_and_not_whose_it_is() -> None:
    choices = [replace(drawn(1)[0], decided_by="a@example.com", sitting="s1", judgement_version="v")]
    outcome = next(each for each in reported(choices).states_of_images if each["tag"] == ORDER[0])

    assert (outcome["drawn"], outcome["basis"], outcome["sitting"]) == ("random", "drawn", "s1")
    assert (outcome["judgement_version"], outcome["in_population"]) == ("v", True)
    assert 0 < outcome["probability"] < 0.1
    assert "a@example.com" not in str(outcome)


def test_images_outside_of_the_drawing_are_not_spoken_for() -> None:
    report = reported(drawn(40), draws={tag: draw for tag, draw in DRAWS.items() if tag not in ORDER[90:]})

    assert "The numbers hold for 90 of 100 images" in notes(report)
    assert "10 images have not been up for drawing yet" in notes(report)


def test_the_page_has_no_sentence_about_all_images_without_a_sample() -> None:
    report = reported(from_disagreements(TAGS[:50]))
    said = " ".join([*cautions(report), *(note for each in report.sections for note in each.notes)])

    assert "hold for all" not in said


def test_a_comparison_without_a_winner_says_what_it_would_have_shown() -> None:
    """By hand: a margin of 14 points is 1.96 standard errors, and 2.8 of them, 20 points, are found in four studies of five."""
    level = [replace(choice, choice=A if number % 2 else B) for number, choice in enumerate(drawn(40))]
    report = reported(level, judged={})
    interval = report.metric("judge_corrected_by_people").interval
    assert interval is not None
    lead = 2.8 / 1.96 * (interval.high - interval.low) / 2
    assert f"a true win rate of {0.5 + lead:.0%} or more in four studies of five" in notes(report, "better")
    assert "four studies of five" not in notes(reported([person(tag, B) for tag in ORDER[:40]]), "better")
