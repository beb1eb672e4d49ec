"""The report says how far reviewers agree once several were asked about the same images."""

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Opinion
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import A, B, caption, image, judgement, person, report_on


def opinions(tag: Tag, *given: tuple[str, Captioner | None]) -> FinalChoice:
    first = person(tag, given[0][1])
    for reviewer, choice in given[1:]:
        label = choice.value if choice else "(tie)"
        first = first.with_opinion(Opinion(reviewer, choice, label, "2026-01-01T00:00:00+00:00"))
    return first


def report_with(*choices: FinalChoice) -> Report:
    tags = [choice.tag for choice in choices]
    return report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A) for tag in tags},
        captions_16b={tag: caption(tag, B) for tag in tags},
        judgements={tag: judgement(tag, B) for tag in tags},
        final_choices={choice.tag: choice for choice in choices},
    )


def test_agreement_between_people_is_measured() -> None:
    """By hand: reviewers agree on two of three images shown to two; the fourth was shown to one."""
    report = report_with(
        opinions(Tag("a"), ("ada", A), ("bob", A)),
        opinions(Tag("b"), ("ada", B), ("bob", B)),
        opinions(Tag("c"), ("ada", A), ("eve", None)),
        opinions(Tag("d"), ("ada", A)),
    )
    metric = report.metric("human_agreement")
    assert metric.n == 3
    assert metric.value is not None
    assert round(metric.value, 4) == 0.6667
    (section,) = [section for section in report.sections if section.name == "reviewers"]
    assert [row[0] for row in section.tables[0].rows] == ["unknown", "bob", "eve"]


def test_without_a_second_reviewer_there_is_no_such_section() -> None:
    assert "reviewers" not in {section.name for section in report_with(opinions(Tag("a"), ("ada", A))).sections}
