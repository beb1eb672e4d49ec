"""The report's metrics are the statistics of the right columns, with an explanation, and undefined where nothing is known."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import Review
from judge_pipeline.domain.judgement import Judgement, PanelVote
from judge_pipeline.domain.outcome import State
from judge_pipeline.domain.statistics import Interval, Verdict
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.metric import Kind, Metric, round_up
from judge_pipeline.reporting.opinions import judge_verdict
from judge_pipeline.reporting.report import MAIN_METRICS, Report
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    corrected,
    correctness,
    image,
    judgement,
    person,
    report_of,
    report_on,
    ruling,
)

Choice = Captioner | None


def compared(*pairs: tuple[Choice, Choice], **kept: Any) -> Report:
    """Images with what the judge and a person chose; None is undecided, or a tie."""
    tags = [Tag(f"t{number:03}") for number in range(len(pairs))]
    return report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A, "A cat.") for tag in tags},
        captions_16b={tag: caption(tag, B, "A grey cat on a mat.") for tag in tags},
        judgements={tag: judgement(tag, judged, **kept) for tag, (judged, _) in zip(tags, pairs, strict=True)},
        final_choices={tag: person(tag, chosen) for tag, (_, chosen) in zip(tags, pairs, strict=True)},
    )


def table(report: Report, name: str) -> tuple[tuple[Any, ...], ...]:
    (found,) = [table for section in report.sections for table in section.tables if table.name == name]
    return found.rows


def notes(report: Report, section: str) -> str:
    (found,) = [each for each in report.sections if each.name == section]
    return " ".join(found.notes)


def test_agreement_counts_ties_as_an_opinion() -> None:
    report = compared((B, B), (B, B), (A, B), (None, None), (None, A))

    assert (report.metric("agreement").value, report.metric("agreement").n) == (0.6, 5)
    assert (report.metric("agreement_without_ties").value, report.metric("agreement_without_ties").n) == (2 / 3, 3)
    assert table(report, "confusion") == (
        ("Judge: LLM 16B better", 2, 0, 0, 2),
        ("Judge: LLM 8B better", 1, 0, 0, 1),
        ("Judge: tie", 0, 1, 1, 2),
        ("all", 3, 1, 1, 5),
    )


def test_a_rejected_review_is_not_an_opinion() -> None:
    tag = Tag("one")
    report = report_of(judgement(tag, A))
    rejected = replace(report.outcomes[0], final_choice=person(tag, B, review=Review.REJECTED))

    assert Report((rejected,)).metric("agreement").n == 0


@pytest.mark.parametrize(
    ("verdict", "kept"),
    [
        (Verdict.TIE, judgement(Tag("t"), None, orders_agree=False)),
        (Verdict.NOT_AVAILABLE, judgement(Tag("t"), B, not_available=(A,))),
        (Verdict.FIRST, judgement(Tag("t"), B)),
        (Verdict.SECOND, judgement(Tag("t"), A)),
    ],
)
def test_the_judges_states_stay_apart(verdict: Verdict, kept: Judgement) -> None:
    assert judge_verdict(report_of(kept).outcomes[0]) is verdict


def test_the_corrected_win_rate_follows_people_where_the_judge_errs() -> None:
    """The judge takes 16B throughout; people took it for one of four. Trust in a constant judge is 0."""
    pairs = [(B, B), (B, A), (B, A), (B, A)]
    report = compared(*pairs)
    more = report_of(*(judgement(Tag(f"unlabelled{number}"), B) for number in range(20)))
    metric = Report((*report.outcomes, *more.outcomes)).metric("judge_corrected_by_people")

    assert metric.value == pytest.approx(0.25)
    assert metric.n == 4


def test_position_bias_is_measured_on_images_whose_choice_flipped() -> None:
    def ruled(tag: str, first_a: Captioner, first_b: Captioner) -> Judgement:
        rulings = (ruling(first_a, shown_first=A), ruling(first_b, shown_first=B))
        return replace(judgement(Tag(tag), B, orders_agree=first_a is first_b), rulings=rulings)

    report = report_of(ruled("same", B, B), ruled("first", A, B), ruled("first too", A, B), ruled("second", B, A))

    assert report.metric("order_consistency").value == 0.25
    assert (report.metric("first_place_preferred").value, report.metric("first_place_preferred").n) == (2 / 3, 3)
    assert table(report, "orders")[1:3] == (
        ("the caption shown first, both times", 2),
        ("the caption shown second, both times", 1),
    )


def test_a_choice_against_the_scores_counts_unless_the_scores_made_it() -> None:
    for_a = [correctness(A, 4), correctness(B, 1)]
    report = report_of(
        judgement(Tag("follows"), A, scores=for_a),
        judgement(Tag("against"), B, scores=for_a),
        judgement(Tag("made by scores"), A, scores=for_a, orders_agree=False),
    )

    assert (report.metric("follows_own_scores").value, report.metric("follows_own_scores").n) == (0.5, 2)


def test_grades_that_no_caption_got_have_names_too() -> None:
    scores = [correctness(A, 1), correctness(B, 2)]
    report = Report(
        report_of(judgement(Tag("one"), B, scores=scores)).outcomes, {"Correctness Score": ("a", "b", "c", "d", "e")}
    )
    (found,) = [table for section in report.sections for table in section.tables if table.name == "correctness_score"]

    assert found.columns[1:6] == ("1 a", "2 Inaccurate", "3 Somewhat accurate", "4 d", "5 e")
    assert report.metric("correctness_score_difference").value == 1


def test_each_judge_of_a_panel_has_a_row() -> None:
    def vote(judge: str, choice: Choice, *, abstained: str = "") -> PanelVote:
        return PanelVote(judge, f"{judge}-model", choice, True, (), (), (), abstained)

    verdict = replace(
        judgement(Tag("one"), B), panel=(vote("x", B), vote("y", A), vote("z", None, abstained="refused"))
    )
    report = report_of(verdict)
    by_judge = {row[0]: row[1:3] for row in table(report, "judges")}

    assert by_judge["x"] == ("x-model", "1 of 1, 100% (95% CI 21–100%)")
    assert by_judge["y"] == ("y-model", "0 of 1, 0% (95% CI 0–79%)")
    assert by_judge["z"] == ("z-model", "undefined")


def test_each_version_of_the_judge_has_its_own_agreement() -> None:
    first, second = compared((B, B)), compared((A, B), (B, B), model="newer")
    renamed = tuple(replace(outcome, tag=Tag(f"n{outcome.tag}")) for outcome in second.outcomes)
    report = Report((*first.outcomes, *renamed))

    assert [(row[0], row[3], row[5], row[8]) for row in table(report, "versions")] == [
        ("newer", 2, "1 of 2, 50% (exact)", "yes"),
        ("j", 1, "1 of 1, 100% (exact)", "no"),
    ]
    assert (report.metric("agreement").value, report.metric("agreement").n) == (0.5, 2)
    assert (report.metric("judge").value, report.metric("judge").n) == (0.5, 2)
    assert "1 of the images is judged by an earlier version" in notes(report, "trust")


def test_an_empty_report_defines_nothing_and_says_why() -> None:
    metrics = [metric for section in Report(()).sections for metric in section.metrics]

    assert {metric.formatted for metric in metrics} == {"undefined"}
    assert all(metric.undefined for metric in metrics)
    assert "judge-pipeline review" in notes(Report(()), "trust")


def test_corrections_are_counted_and_compared_and_enter_nothing_else() -> None:
    """People saw and corrected two of three images; nothing about the others, or about all, follows from that."""
    tags = [Tag("up"), Tag("down"), Tag("untouched")]
    values: dict[str, Any] = {
        "captions_8b": {tag: caption(tag, A) for tag in tags},
        "judgements": {tag: judgement(tag, B, scores=[correctness(A, 2), correctness(B, 3)]) for tag in tags},
    }
    corrections = {
        tags[0]: corrected(tags[0], correctness(A, 4)),
        tags[1]: corrected(tags[1], correctness(A, 1), correctness(B, 3)),
        tags[2]: corrected(tags[2], correctness(A, 0), given_for=("replaced since",)),
    }
    without, report = report_on(**values), report_on(**values, corrections=corrections)

    assert (report.metric("corrected").value, report.metric("corrected").interval) == (2 / 3, None)
    assert table(report, "corrected_scores") == (
        ("LLM 8B: Correctness Score", 3, 2, 1, 1, 0, 3.0, 3.5),
        ("LLM 16B: Correctness Score", 3, 1, 0, 0, 1, 4.0, 4.0),
    )
    assert "is not a confirmed one" in notes(report, "corrected")
    assert "1 correction is about captions that have been replaced" in notes(report, "corrected")
    others = [section for section in report.sections if section.name != "corrected"]
    assert others == list(without.sections)
    assert (report.to_metadata()["corrected"], report.numbers["corrected"]) == (2, 2)


def test_the_main_metrics_are_metadata() -> None:
    metadata = compared((B, B), (A, B)).to_metadata()

    assert set(MAIN_METRICS) <= set(metadata)
    assert (metadata["agreement"], metadata["agreement_images"]) == (0.5, 2)


def test_the_number_of_labels_needed_follows_the_square_root() -> None:
    """±10 points from 100 images are ±5 points from 400."""
    metric = Metric("n", "t", "m", 0.5, Interval(0.4, 0.6), 100)

    assert metric.sample_size_advice == "About 300 more would narrow it to ±5 points."
    assert replace(metric, population=200).sample_size_advice == "About 60 more would narrow it to ±5 points."
    assert replace(metric, interval=Interval(0.46, 0.54)).sample_size_advice == "Known to within ±5 points."
    assert replace(metric, kind=Kind.P_VALUE).sample_size_advice == ""
    assert [round_up(count) for count in (7, 42, 123, 1501)] == [7, 42, 130, 1600]


choices = st.sampled_from([A, B, None])


@given(st.lists(st.tuples(choices, choices), max_size=12))
def test_every_metric_is_complete_whatever_was_chosen(pairs: list[tuple[Choice, Choice]]) -> None:
    report = compared(*pairs)
    for section in report.sections:
        for metric in section.metrics:
            assert (metric.value is None) <= bool(metric.undefined)
            assert metric.precision.endswith(".")
            if metric.interval and metric.kind is Kind.SHARE:
                assert 0 <= metric.interval.low <= metric.interval.high <= 1
    (people, judge) = table(report, "counts")
    assert sum(people[1:7]) == sum(judge[1:7]) == len(pairs)
    assert report.states[State.DECIDED] == judge[1] + judge[2]
