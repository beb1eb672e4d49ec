"""What is undefined for the same reason is said once, and a section without numbers is not shown."""

from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.page_sections import NO_JUDGEMENTS, page_sections, undefined_metrics
from judge_pipeline.reporting.people_sample import NO_CHOICES, NOT_DRAWN
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import A, B, decided, judgement, person, report_on


def names(report: Report) -> list[str]:
    return [shown.section.name for shown in page_sections(report)]


def test_without_choices_all_numbers_about_people_share_one_reason() -> None:
    report = decided(wins_8b=2, wins_16b=3)
    about_people = {
        metric.name for group in undefined_metrics(report) if group.reason == NO_CHOICES for metric in group.metrics
    }

    assert {
        "people",
        "judge_corrected_by_people",
        "kappa",
        "ac1",
        "agreement",
        "people_prefer_longer",
    } <= about_people
    assert "trust" not in names(report)


def test_choices_that_were_not_drawn_leave_numbers_about_all_images_undefined() -> None:
    tags = [Tag("one"), Tag("two")]
    report = report_on(
        judgements={tag: judgement(tag, A) for tag in tags},
        final_choices={tag: person(tag, B, blind=False) for tag in tags},
    )
    reasons = {metric.name: group.reason for group in undefined_metrics(report) for metric in group.metrics}

    assert "trust" in names(report)
    assert {reasons[name] for name in ("people", "judge_corrected_by_people", "agreement", "kappa")} == {NOT_DRAWN}
    assert report.metric("agreement_seeing").value == 0


def test_every_undefined_number_is_named_exactly_once() -> None:
    for report in (Report(outcomes=()), decided(wins_8b=0, wins_16b=1), decided(wins_8b=9, wins_16b=9)):
        listed = [metric.name for group in undefined_metrics(report) for metric in group.metrics]
        expected = [metric.name for section in report.sections for metric in section.metrics if metric.value is None]
        assert sorted(listed) == sorted(expected)
        assert all(metric.value is not None for shown in page_sections(report) for metric in shown.metrics)


def test_an_empty_report_has_one_section_less_for_each_that_is_empty() -> None:
    assert {group.reason for group in undefined_metrics(Report(outcomes=()))} == {NO_CHOICES, NO_JUDGEMENTS}
    assert "swayed" not in names(Report(outcomes=()))
