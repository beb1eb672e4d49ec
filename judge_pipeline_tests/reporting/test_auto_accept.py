"""The rule of auto-accept, and the audit that keeps its promise."""

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.auto_accept import AUDIT_SHARE, audit_weights
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    correctness,
    drawing_order,
    first_round,
    image,
    judgement,
    person,
    report_on,
)

TAGS = [Tag(f"t{number:03}") for number in range(300)]
CLEAR, LEVEL = set(TAGS[::2]), set(TAGS[1::2])


def report(answers: int) -> Report:
    """The judge is right wherever its scores are far apart, and chooses blindly where they are level."""
    draws = first_round(TAGS)
    truth = {tag: B if number % 4 < 2 else A for number, tag in enumerate(TAGS)}
    answered = drawing_order(draws)[:answers]
    return report_on(
        images={tag: image(tag) for tag in TAGS},
        captions_8b={tag: caption(tag, A) for tag in TAGS},
        captions_16b={tag: caption(tag, B) for tag in TAGS},
        judgements={tag: judged(tag, truth[tag] if tag in CLEAR else B) for tag in TAGS},
        final_choices={tag: person(tag, truth[tag]) for tag in answered},
        draws=draws,
    )


def judged(tag: Tag, choice: Captioner) -> Judgement:
    gap = 4 if tag in CLEAR else 2
    return judgement(tag, choice, scores=[correctness(choice, gap), correctness(choice.other, 4 - gap)])


def test_without_a_rule_there_is_no_audit() -> None:
    assert audit_weights(report(20).opinions) is None


def test_one_in_twenty_of_the_accepted_images_is_drawn() -> None:
    weights = audit_weights(report(200).opinions)
    assert weights is not None
    assert {weights[tag] for tag in CLEAR} == {AUDIT_SHARE}
    assert {weights[tag] for tag in LEVEL} == {1.0}
