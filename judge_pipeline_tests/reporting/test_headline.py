"""The one sentence that everyone reads claims no more than the numbers support."""

import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.headline import agreement_sentence, cautions, headline
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    decided,
    drawing_order,
    first_round,
    image,
    judgement,
    person,
    report_of,
    report_on,
)


@pytest.mark.parametrize(
    ("wins_8b", "wins_16b", "sentence"),
    [
        (6, 26, "The judge prefers LLM 16B: it wins 26 of 32 decided images, 81% (95% CI at every look 55–96%)."),
        (26, 6, "The judge prefers LLM 8B: it wins 26 of 32 decided images, 81% (95% CI at every look 55–96%)."),
        (
            6,
            18,
            "No clear winner yet: the judge prefers LLM 16B on 18 of 24 decided images, 75% (95% CI at every look 45–94%).",
        ),
        (
            12,
            12,
            "No clear winner yet: each captioner wins 12 of 24 decided images, 50% (95% CI at every look 22–78%).",
        ),
        (
            1,
            0,
            "No clear winner yet: the judge prefers LLM 8B on 1 of 1 decided image, 100% (95% CI at every look 3–100%).",
        ),
        (0, 0, "No winner yet: no image is decided."),
    ],
)
def test_a_preference_is_claimed_only_when_the_whole_interval_is_above_one_half(
    wins_8b: int, wins_16b: int, sentence: str
) -> None:
    """The interval that holds at every look: 18 of 24 would do for a single one."""
    assert headline(decided(wins_8b=wins_8b, wins_16b=wins_16b)) == sentence


TAGS = [Tag(f"t{number:03}") for number in range(200)]
DRAWS = first_round(TAGS)


def with_choices(count: int, share_16b: float, *, judge_16b: float = 0.9, **values: Any) -> Report:
    """A judge that mostly says 16B, and the first choices of a review, in every block of ten for 16B by this share."""
    choices = drawing_order(DRAWS)[:count]
    return report_on(
        images={tag: image(tag) for tag in TAGS},
        captions_8b={tag: caption(tag, A) for tag in TAGS},
        captions_16b={tag: caption(tag, B) for tag in TAGS},
        judgements={tag: judgement(tag, B if place % 10 < 10 * judge_16b else A) for place, tag in enumerate(TAGS)},
        final_choices={
            tag: person(tag, B if place % 10 < 10 * share_16b else A, **values) for place, tag in enumerate(choices)
        },
        draws=DRAWS,
    )


def test_the_headline_leads_with_the_judge_corrected_by_people() -> None:
    sentence = headline(with_choices(80, 0.9))

    assert re.fullmatch(
        r"People prefer LLM 16B: it wins 90% of all 200 images, ties half, by 80 choices of people and the judge's on the rest "
        r"\(95% CI at every look 8\d–9\d%\)\.",
        sentence,
    ), sentence


@pytest.mark.parametrize("count", [60, 200])
def test_a_conflict_between_judge_and_people_comes_first(count: int) -> None:
    sentence = headline(with_choices(count, 0.1))

    assert sentence.startswith("The judge prefers LLM 16B, people prefer LLM 8B: it wins "), sentence
    assert ("of all 200 images, ties half, by 200 choices of people (exact)" in sentence) == (count == 200)


def test_choices_of_one_opinion_are_a_conflict_too() -> None:
    """They have no spread, so that the corrected figure must not lose its interval."""
    assert headline(with_choices(40, 0.0, judge_16b=1.0)).startswith("The judge prefers LLM 16B, people prefer LLM 8B")


def test_people_who_lean_the_other_way_are_mentioned_first_as_well() -> None:
    sentence = headline(with_choices(30, 0.4))

    assert sentence.startswith(
        "No clear winner yet: the judge prefers LLM 16B, people's choices point to LLM 8B, which wins "
    ), sentence


@pytest.mark.parametrize(("count", "values"), [(5, {}), (80, {"blind": False})])
def test_too_few_choices_or_choices_not_drawn_correct_nothing(count: int, values: dict[str, Any]) -> None:
    assert headline(with_choices(count, 0.1, **values)).startswith("The judge prefers LLM 16B: it wins 180 of 200")


def test_an_agreement_of_choices_that_were_not_drawn_is_unknown() -> None:
    assert agreement_sentence(with_choices(80, 0.1, blind=False)) == (
        "It is unknown how far the judge can be trusted: people's choices are of images that were not drawn, so they speak for "
        "no other image."
    )
    assert agreement_sentence(with_choices(80, 0.9)).startswith("The judge agrees with people on ")


def test_without_choices_the_closing_lines_load_no_numerical_library_and_the_page_none_that_takes_long() -> None:
    program = (
        "import sys; from judge_pipeline_tests.reporting.values import decided; "
        "from judge_pipeline.reporting.headline import agreement_sentence, headline; "
        "report = decided(wins_8b=1, wins_16b=3); headline(report), agreement_sentence(report); "
        "print([name for name in ('numpy', 'scipy', 'statsmodels') if name in sys.modules]); "
        "from datetime import UTC, datetime; from judge_pipeline.reporting.page import render_page; "
        "list(render_page(report, project_title='', generated_at=datetime.now(UTC), thumbnails={})); "
        "print([name for name in ('scipy.optimize', 'scipy.stats', 'statsmodels', 'pandas') if name in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert loaded.split() == ["[]", "[]"]


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


def test_the_choices_missing_for_exports_are_said() -> None:
    report = replace(decided(wins_8b=1, wins_16b=2), min_kappa=0.4)
    assert any("30 more choices are missing" in caution for caution in cautions(report))
    assert not any("missing" in caution for caution in cautions(replace(report, min_kappa=None)))
