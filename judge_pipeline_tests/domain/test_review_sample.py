"""Which final choices may speak for which images."""

from dataclasses import replace
from typing import Any

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Drawing, in_drawing_order, next_round, random_number
from judge_pipeline.domain.final_choice import SCRIPTED, FinalChoice, Review
from judge_pipeline.domain.review_sample import Basis, ReviewSample, review_sample
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.domain.test_drawing import tags_of

TAGS = tags_of(20)
DRAWS = next_round({}, dict.fromkeys(TAGS, 1.0), answered=(), drawn_in={})
ORDER = in_drawing_order(TAGS, DRAWS)


def blind(tag: Tag, **changes: Any) -> FinalChoice:
    choice = FinalChoice(tag, Captioner.LLM_8B, "8B", Review.OPEN, blind=True, drawn=Drawing.RANDOM, round=1)
    return replace(choice, **changes)


def in_editor(tag: Tag) -> FinalChoice:
    return FinalChoice(tag, Captioner.LLM_8B, "8B", Review.OPEN, drawn=Drawing.BY_HAND)


def of(choices: list[FinalChoice], *, assume_random: bool = False) -> ReviewSample:
    return review_sample(
        comparable=TAGS,
        choices={choice.tag: choice for choice in choices},
        draws=DRAWS,
        assume_random=assume_random,
    )


def test_drawn_choices_speak_for_all_that_could_be_drawn() -> None:
    found = of([blind(tag) for tag in ORDER[:5]])

    assert found.population == set(TAGS)
    assert found.probabilities == dict.fromkeys(ORDER[:5], random_number(ORDER[5]))
    assert set(found.bases.values()) == {Basis.DRAWN}


def test_doubtful_images_alone_speak_for_none() -> None:
    assert of([blind(tag, drawn=Drawing.DISAGREEMENTS, round=None) for tag in ORDER[3:12]]) == ReviewSample()


def test_choices_of_an_earlier_version_speak_for_none() -> None:
    assert of([blind(tag, drawn=None, round=None) for tag in ORDER[:9]]) == ReviewSample()


PASSED = [*(blind(tag) for tag in (*ORDER[:5], *ORDER[8:10])), *(in_editor(tag) for tag in ORDER[5:8])]
"""Three images that were decided in the editor before it was their turn."""


def test_choices_in_the_editor_before_their_turn_are_outside_of_the_population() -> None:
    found = of(PASSED)

    assert found.population == set(TAGS) - set(ORDER[5:8])
    assert set(found.probabilities) == {*ORDER[:5], *ORDER[8:10]}


def test_images_decided_in_the_editor_after_the_drawing_are_still_spoken_for() -> None:
    """Else the images that were drawn would stand for those that no one picked, and not for all."""
    found = of([*(blind(tag) for tag in ORDER[:5]), *(in_editor(tag) for tag in ORDER[7:12])])

    assert found.population == set(TAGS)
    assert found.probabilities == dict.fromkeys(ORDER[:5], random_number(ORDER[5]))


def test_a_user_may_vouch_for_them() -> None:
    found = of(PASSED, assume_random=True)

    assert found.population == set(TAGS)
    assert {found.probabilities[tag] for tag in ORDER[5:8]} == {1.0}
    assert {found.bases[tag] for tag in ORDER[5:8]} == {Basis.ASSUMED}
    alone = of([in_editor(tag) for tag in ORDER[5:10]], assume_random=True)
    assert alone.probabilities == dict.fromkeys(ORDER[5:10], 0.25)
    assert alone.population == set(TAGS)


def test_every_image_decided_is_a_census() -> None:
    found = of([in_editor(tag) for tag in TAGS])

    assert found.probabilities == dict.fromkeys(TAGS, 1.0)
    assert found.population == set(TAGS)
    assert set(found.bases.values()) == {Basis.CENSUS}


def test_a_rejected_image_is_not_decided() -> None:
    choices = [in_editor(tag) for tag in TAGS]

    assert of([replace(choices[0], review=Review.REJECTED), *choices[1:]]) == ReviewSample()


def test_a_script_counts_until_a_person_decides() -> None:
    scripted = [blind(tag, decided_by=SCRIPTED) for tag in ORDER[:12]]

    assert set(of(scripted).probabilities) == set(ORDER[:12])
    found = of([*scripted, *(blind(tag) for tag in ORDER[12:15])])
    assert set(found.probabilities) == set(ORDER[12:15])
    assert found.population == set(TAGS) - set(ORDER[:12])
