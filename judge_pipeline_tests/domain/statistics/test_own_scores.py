"""Whether a choice follows from the judge's own scores, and whether it follows length."""

from judge_pipeline.domain.statistics import Consistency, choice_consistency, longer_preferred, self_consistency

CHOICES = ["first", "second", "first", "tie", "tie", "second", "failed", "first", None]
FIRST = [5, 5, 3, 4, 4, 2, 5, None, 3]
SECOND = [3, 3, 3, 4, 2, 4, 3, 3, 3]


def test_every_choice_is_held_against_its_scores() -> None:
    assert choice_consistency(CHOICES, FIRST, SECOND) == [
        Consistency.FOLLOWS,
        Consistency.AGAINST,
        Consistency.LEVEL_SCORES,
        Consistency.LEVEL_SCORES,
        Consistency.TIE_DESPITE_SCORES,
        Consistency.FOLLOWS,
        Consistency.UNKNOWN,
        Consistency.UNKNOWN,
        Consistency.UNKNOWN,
    ]


def test_the_share_is_of_choices_whose_scores_differ() -> None:
    found = self_consistency(CHOICES, FIRST, SECOND)

    assert (found.follows.count, found.follows.total) == (2, 4)
    assert sum(found.counts.values()) == len(CHOICES)


def test_without_differing_scores_it_is_undefined() -> None:
    assert self_consistency(["first", "tie"], [3, 3], [3, 3]).follows.value is None
    assert self_consistency([], [], []).follows.value is None


def test_the_longer_caption_is_counted_among_choices_between_different_lengths() -> None:
    share = longer_preferred(["first", "second", "first", "tie", None], [9, 9, 5, 9, 9], [4, 4, 5, 4, 4])

    assert (share.count, share.total) == (1, 2)
