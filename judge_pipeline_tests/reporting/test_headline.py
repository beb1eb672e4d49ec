"""The one sentence that everyone reads claims no more than the numbers support."""

from dataclasses import replace

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.headline import cautions, headline
from judge_pipeline_tests.reporting.values import A, B, caption, decided, judgement, report_of, report_on


@pytest.mark.parametrize(
    ("wins_8b", "wins_16b", "sentence"),
    [
        (6, 18, "The judge prefers LLM 16B: it wins 18 of 24 decided images, 75% (95% CI 55–88%)."),
        (18, 6, "The judge prefers LLM 8B: it wins 18 of 24 decided images, 75% (95% CI 55–88%)."),
        (11, 13, "No clear winner yet: the judge prefers LLM 16B on 13 of 24 decided images, 54% (95% CI 35–72%)."),
        (12, 12, "No clear winner yet: each captioner wins 12 of 24 decided images, 50% (95% CI 31–69%)."),
        (1, 0, "No clear winner yet: the judge prefers LLM 8B on 1 of 1 decided image, 100% (95% CI 21–100%)."),
        (0, 0, "No winner yet: no image is decided."),
    ],
)
def test_a_preference_is_claimed_only_when_the_whole_interval_is_above_one_half(
    wins_8b: int, wins_16b: int, sentence: str
) -> None:
    assert headline(decided(wins_8b=wins_8b, wins_16b=wins_16b)) == sentence


def test_undecided_images_claim_nothing() -> None:
    report = report_of(*(judgement(Tag(str(number)), None) for number in range(30)))

    assert headline(report).endswith("no image is decided.")


def test_measured_descriptions_are_labelled_as_such() -> None:
    tag = Tag("one")
    report = report_on(
        images={},
        captions_8b={tag: caption(tag, A, model="measured-brief")},
        captions_16b={tag: caption(tag, B, model="a-real-model")},
        judgements={tag: judgement(tag, A, model="measured-judge")},
    )

    assert cautions(report) == [
        (
            "measured-brief, measured-judge: measured descriptions, not vision-language models. "
            "They show that the pipeline works; they do not rank real models."
        )
    ]


def test_a_mix_of_models_is_a_caution() -> None:
    one, two = Tag("one"), Tag("two")
    report = report_of(judgement(one, A, model="first"), judgement(two, A, model="second"))

    assert cautions(report) == ["The Judge numbers mix 2 models: first, second."]


@pytest.mark.parametrize(
    ("captioner", "configured", "judge"),
    [
        ("gpt-4o-2024-08-06", "my-deployment", "gpt-4.1"),
        ("alias", "gpt-4o", "gpt-4.1"),
        ("gpt-4o", "gpt-4o", "x, gpt-4.1"),
    ],
)
def test_a_captioner_and_a_judge_of_one_maker_are_a_caution(captioner: str, configured: str, judge: str) -> None:
    """By the names that servers report, or if these say nothing, by those in the settings."""
    tag = Tag("one")
    report = report_on(
        images={},
        captions_8b={tag: caption(tag, A, model=captioner)},
        captions_16b={tag: caption(tag, B, model="qwen2.5vl:7b")},
        judgements={tag: judgement(tag, A, model=judge)},
    )
    report = replace(report, configured={A.value: [configured], B.value: ["gpt-4o"]})

    (sentence,) = cautions(report)
    assert sentence.startswith(
        f"LLM 8B ({'gpt-4o' if captioner == 'alias' else captioner}) and the judge (gpt-4.1) are of one maker"
    )


def test_a_plain_report_needs_no_caution() -> None:
    assert cautions(decided(wins_8b=1, wins_16b=1)) == []
