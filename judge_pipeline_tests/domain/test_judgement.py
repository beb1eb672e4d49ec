"""Merging the rulings on one image."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judgement import Judgement, alike, merge
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score, criteria
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.domain.ontologies import seed_ontology
from judge_pipeline_tests.domain.test_ruling import NO_ANSWER, rubric, ruling

A_8B, A_16B = Captioner.LLM_8B, Captioner.LLM_16B


def _merged(rulings: Sequence[Ruling], *, caption_8b: str = "A cat.", caption_16b: str = "A dog.") -> Judgement:
    return merge(
        rulings,
        tag=Tag("t"),
        judge_ontology=seed_ontology(),
        caption_8b=caption_8b,
        caption_16b=caption_16b,
        model="judge",
        prompt_version="p",
        spent=Spent(100, 10, None, 2.5),
    )


FAIR, FINE, BEST = rubric("Accurate", "Good"), rubric("Very accurate", "Good"), rubric("Very accurate", "Very good")


def test_the_criteria_of_the_seed_are_its_two_scores() -> None:
    assert [criterion.title for criterion in criteria(seed_ontology())] == ["Correctness Score", "Quality Score"]


def test_one_ruling_is_the_judgement() -> None:
    judgement = _merged([ruling(A_16B, FINE, FAIR, "Caption B")])
    assert judgement.choice is A_8B
    assert judgement.orders_agree is None
    assert judgement.scores == (
        Score(A_8B, "Correctness Score", "Accurate", 3, 5),
        Score(A_8B, "Quality Score", "Good", 3, 5),
        Score(A_16B, "Correctness Score", "Very accurate", 4, 5),
        Score(A_16B, "Quality Score", "Good", 3, 5),
    )


def test_orders_that_agree_give_the_choice_even_against_the_scores() -> None:
    judgement = _merged([ruling(A_8B, FAIR, BEST, "Caption A"), ruling(A_16B, BEST, FAIR, "Caption B")])
    assert (judgement.choice, judgement.orders_agree) == (A_8B, True)


SURE, UNSURE = 0.9, 0.6


@pytest.mark.parametrize(
    ("first", "second", "choice"),
    [
        (SURE, UNSURE, A_8B),
        (UNSURE, SURE, A_16B),
        (SURE, SURE, None),
        (SURE, None, None),
        (None, None, None),
        (0.4, UNSURE, A_16B),
    ],
)
def test_where_the_scores_are_level_too_the_surer_choice_decides(
    first: float | None, second: float | None, choice: Captioner | None
) -> None:
    rulings = [ruling(A_8B, FAIR, FAIR, "Caption A"), ruling(A_16B, FAIR, FAIR, "Caption A")]

    judgement = _merged([replace(each, probability=p) for each, p in zip(rulings, (first, second), strict=True)])

    assert (judgement.choice, judgement.orders_agree) == (choice, False)
    assert judgement.decided_by_probability is (choice is not None)


def test_probabilities_change_no_choice_that_scores_or_orders_make() -> None:
    def sure(each: Ruling, probability: float) -> Ruling:
        return replace(each, probability=probability)

    by_scores = _merged(
        [sure(ruling(A_8B, BEST, FAIR, "Caption A"), 0.51), sure(ruling(A_16B, FAIR, FINE, "Caption A"), 0.99)]
    )
    both = _merged(
        [sure(ruling(A_8B, FAIR, FAIR, "Caption A"), 0.5), sure(ruling(A_16B, FAIR, FAIR, "Caption B"), 0.5)]
    )
    same = _merged(
        [sure(ruling(A_8B, FAIR, FAIR, "Caption A"), 0.9), sure(ruling(A_16B, FAIR, FAIR, "Caption A"), 0.6)],
        caption_16b="a  cat.",
    )

    assert not any(each.decided_by_probability for each in (by_scores, both, same))
    assert (both.choice, same.choice) == (A_8B, None)


def test_a_judgement_of_an_earlier_version_is_read_as_decided_without_probabilities() -> None:
    adapter = TypeAdapter(Judgement)
    stored = adapter.dump_python(_merged([ruling(A_8B, FAIR, FINE)]), mode="json")
    del stored["decided_by_probability"], stored["rulings"][0]["probability"]

    found = adapter.validate_python(stored)

    assert (found.decided_by_probability, found.rulings[0].probability) == (False, None)


def test_where_orders_disagree_the_sum_of_the_scores_decides() -> None:
    """8B: 3+3 and 4+3, together 13; 16B: 4+3 and 4+4, together 15."""
    judgement = _merged([ruling(A_8B, FAIR, FINE), ruling(A_16B, BEST, FINE)])
    assert (judgement.choice, judgement.orders_agree) == (A_16B, False)


def test_disagreeing_and_level_is_undecided_and_no_choice_is_written() -> None:
    judgement = _merged([ruling(A_8B, FINE, FAIR), ruling(A_16B, FINE, FAIR)])
    assert (judgement.choice, judgement.orders_agree) == (None, False)
    assert [answer.title for answer in judgement.answers] == ["LLM 8B", "LLM 16B"]


def test_a_criterion_that_one_caption_lacks_counts_for_neither() -> None:
    """Quality alone is compared in the first ruling: 8B 3, 16B 4; the second is level."""
    judgement = _merged([ruling(A_8B, FINE, rubric(None, "Very good")), ruling(A_16B, FAIR, FAIR)])
    assert judgement.choice is A_16B


def test_captions_that_say_the_same_are_undecided_whatever_the_judge_says() -> None:
    judgement = _merged([ruling(A_8B, BEST, FAIR)], caption_8b="A cat.", caption_16b=" a  CAT.\n")
    assert judgement.choice is None
    assert judgement.captions_alike
    assert not alike("A cat.", "A cat")


def test_each_caption_gets_the_answers_it_got_when_it_was_shown_first() -> None:
    judgement = _merged(
        [
            ruling(A_16B, BEST, rubric("Inaccurate", "Poor", "b")),
            ruling(A_8B, rubric("Accurate", "Good", "a"), FAIR, "Caption B"),
        ]
    )
    assert [score.label for score in judgement.scores] == ["Accurate", "Good", "Very accurate", "Very good"]
    assert (judgement.improvement_8b, judgement.improvement_16b) == ("a", None)
    assert judgement.orders_agree


def test_the_choice_is_written_in_the_ontologys_own_words() -> None:
    choice = _merged([ruling(A_8B, BEST, FAIR)]).answers[-1]
    assert choice == ClassificationAnswer(
        "j+class0",
        "LLM Judge Choice",
        (AttributeAnswer("j+root00", "LLM Judge Choice", ChosenOption("j+optio0", "LLM 8B")),),
    )


def test_a_caption_that_is_not_an_answer_has_no_scores_and_is_counted_apart() -> None:
    judgement = _merged([ruling(A_8B, NO_ANSWER, FAIR, "Caption B")])
    assert judgement.not_available == (A_8B,)
    assert {score.captioner for score in judgement.scores} == {A_16B}


def test_the_judgement_survives_being_kept_as_json() -> None:
    judgement = _merged([ruling(A_8B, BEST, NO_ANSWER), ruling(A_16B, FAIR, BEST)])
    kept = TypeAdapter(Judgement)
    assert kept.validate_json(kept.dump_json(judgement)) == judgement


def test_a_judgement_that_was_kept_before_there_were_panels_still_reads() -> None:
    judgement = _merged([ruling(A_8B, BEST, FAIR)])
    kept = TypeAdapter(Judgement).dump_python(judgement, mode="json")
    for later in ("panel", "suspicions", "judged_with"):
        del kept[later]
    assert TypeAdapter(Judgement).validate_python(kept) == judgement


@pytest.mark.parametrize("orders", [[], [A_8B, A_8B], [A_8B, A_16B, A_8B]])
def test_only_one_ruling_or_two_in_opposite_orders_can_be_merged(orders: list[Captioner]) -> None:
    with pytest.raises(ValueError, match="expected one ruling or two in opposite orders"):
        _merged([ruling(first, BEST, FAIR) for first in orders])
