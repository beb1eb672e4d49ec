"""Length and style in the report: the judge against people, and the win rates without them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.statistics import Verdict
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.reviewers import reviewers_section
from judge_pipeline_tests.reporting.values import A, B, caption, image, judgement, person, report_on

Row = tuple[str, str, Captioner | None, Captioner | None]
LONG, SHORT = "A grey cat asleep on a mat in the sun.", "A cat."


def seen(rows: Sequence[Row]) -> Report:
    """Images with 8B's and 16B's caption, and the judge's and a person's choice."""
    tags = [Tag(f"t{number:03}") for number in range(len(rows))]
    by_tag = dict(zip(tags, rows, strict=True))
    return report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A, row[0]) for tag, row in by_tag.items()},
        captions_16b={tag: caption(tag, B, row[1]) for tag, row in by_tag.items()},
        judgements={tag: judgement(tag, row[2]) for tag, row in by_tag.items()},
        final_choices={tag: person(tag, row[3]) for tag, row in by_tag.items()},
    )


def test_a_judge_that_follows_length_where_people_do_not_is_found() -> None:
    follows: Sequence[Row] = [(SHORT, LONG, B, A)] * 6 + [(LONG, SHORT, A, B)] * 6
    same: Sequence[Row] = [(SHORT, LONG, B, B), (SHORT, SHORT, B, A), (SHORT, LONG, None, A), (LONG, SHORT, B, A)]

    metric = seen([*follows, *same]).metric("longer_judge_against_people")

    assert metric.n == 13
    assert metric.value == pytest.approx(0.0018, abs=0.0001)
    assert "Only the judge took the longer caption on 12, only people on 1." in metric.means


def test_a_win_rate_that_is_all_length_is_one_half_without_it() -> None:
    """16B writes the longer caption on 60 of 80 images, and the judge takes the longer one in four of five cases."""
    rows = ([(SHORT, LONG, B, B)] * 4 + [(SHORT, LONG, A, B)]) * 12 + (
        [(LONG, SHORT, A, B)] * 4 + [(LONG, SHORT, B, B)]
    ) * 4
    report = seen(rows)

    found = report.metric("judge_at_equal_length")

    assert found.value == pytest.approx(0.5, abs=0.01)
    assert found.interval is not None
    assert "It is 65% as they are." in found.means
    assert report.metric("judge_at_equal_style").value == pytest.approx(found.value)  # no caption has any Markdown
    assert report.metric("people_at_equal_length").undefined == (
        "it takes at least 10 choices for either captioner, ties half, and one of them has 0"
    )


def test_style_is_taken_out_next_to_length() -> None:
    """Equal lengths; the judge takes the list, which 16B writes twice as often."""
    plain, listed = "A cat on a mat, asleep", "- a cat\n- asleep on mat"[:22]
    of_16b: Sequence[Row] = [(plain, listed, B, B)] * 8 + [(plain, listed, A, B)] * 2
    of_8b: Sequence[Row] = [(listed, plain, A, B)] * 8 + [(listed, plain, B, B)] * 2
    report = seen([*of_16b, *of_16b, *of_8b])

    assert report.metric("judge_at_equal_length").value == pytest.approx(0.6)
    assert report.metric("judge_at_equal_style").value == pytest.approx(0.5)


def test_without_images_all_of_it_is_undefined_and_says_why() -> None:
    report = Report(())

    for name in ("longer_judge_against_people", "judge_at_equal_length", "people_at_equal_style"):
        assert (report.metric(name).value, bool(report.metric(name).undefined)) == (None, True)


def test_reviewers_have_a_ceiling_a_test_and_a_row_each() -> None:
    first, second = Verdict.FIRST, Verdict.SECOND
    judge = [first, second] * 30
    by_reviewer = {"ann": judge, "ben": judge, "cem": [*judge[:40], *judge[41:], first]}

    section = reviewers_section(judge, by_reviewer)

    assert section is not None
    by_name = {metric.name: metric for metric in section.metrics}
    assert by_name["human_agreement"].value == pytest.approx((40 + 20 / 3) / 60)
    assert by_name["alt_test_winning_rate"].value == 1
    assert "It passes." in by_name["alt_test_winning_rate"].means
    (table,) = section.tables
    assert [(row[0], row[1], row[-1]) for row in table.rows] == [
        ("ann", 60, "yes"),
        ("ben", 60, "yes"),
        ("cem", 60, "yes"),
    ]


def test_one_reviewer_has_no_section_and_two_have_no_test() -> None:
    judge = [Verdict.FIRST] * 5
    two = reviewers_section(judge, {"ann": judge, "ben": [None] * 4 + [Verdict.TIE]})

    assert reviewers_section(judge, {"ann": judge}) is None
    assert reviewers_section([], {"ann": [], "ben": []}) is None
    assert two is not None
    assert [metric.value for metric in two.metrics] == [0, None, None]
    assert "at least 3 reviewers" in (two.metrics[1].undefined or "")
    assert two.tables[0].rows[1][-1] == "undefined"


def test_only_choices_with_a_known_probability_speak_and_each_for_as_many_as_it_was_drawn_from() -> None:
    """Of the drawn images people took the longer caption on one with probability 1/4 and not on two with 1/2."""
    rows: Sequence[Row] = [
        (SHORT, LONG, B, B),
        (SHORT, LONG, B, A),
        (LONG, SHORT, B, B),
        (SHORT, LONG, B, B),
        (SHORT, LONG, B, B),
    ]
    probabilities = [0.25, 0.5, 0.5, None, None]
    outcomes = [replace(each, probability=p) for each, p in zip(seen(rows).outcomes, probabilities, strict=True)]
    report = Report(tuple(outcomes))

    metric = report.metric("people_prefer_longer")

    assert (metric.value, metric.n) == (0.5, 3)
    assert report.metric("judge_prefers_longer_there").value == 0.75
    assert report.metric("judge_prefers_longer").n == 5
    assert report.metric("longer_judge_against_people").n == 1
