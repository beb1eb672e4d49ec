"""The side that a person sees a caption on is an even draw from the Tag, independent of the judge's order."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from judge_pipeline.domain.blinding import first_shown, shown_left
from judge_pipeline.domain.tag import Tag


@given(st.uuids().map(lambda uuid: Tag(str(uuid))))
def test_a_tag_has_the_same_side_whenever_it_is_shown(tag: Tag) -> None:
    assert shown_left(tag) is shown_left(tag)


def test_sides_are_even_and_independent_of_the_judges_first_order() -> None:
    """All four combinations of 4,000 tags are equally frequent, as far as a chi-squared test at 0.1% can tell."""
    tags = [Tag(str(number)) for number in range(4_000)]
    counted = Counter((shown_left(tag), first_shown(tag)) for tag in tags)
    assert len(counted) == 4
    assert chisquare(list(counted.values())).pvalue > 0.001
