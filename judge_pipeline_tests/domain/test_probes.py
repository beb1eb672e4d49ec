"""The falsified captions are false, whatever their language, and the judge's choice is read as what it says."""

from dataclasses import replace

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.probes.construction import CaptionedImage, ProbePair, donors, probe_pairs, sample
from judge_pipeline.domain.probes.splicing import joined, sentences, with_false_detail
from judge_pipeline.domain.probes.trial import Chosen, JudgeVersion, Probe, ProbedImage, Trial, probe_rates
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.reporting.values import judgement

A, B = Captioner.LLM_8B, Captioner.LLM_16B
IMAGE, OTHER = Tag("image"), Tag("other")


@pytest.mark.parametrize(
    ("caption", "other", "falsified"),
    [
        (
            "A brown dog lying on a wooden bench.",
            "A white boat on a calm sea",
            "A brown dog lying on a calm sea.",
        ),
        (
            "Ein Hund liegt auf einer alten Bank",
            "Ein Boot fährt auf einer ruhigen See.",
            "Ein Hund liegt auf einer ruhigen See",
        ),
        ("一只棕色的狗躺在木凳上。", "一艘白色的小船在海面。", "一只棕色的狗躺在海面。"),
        ("A dog. It sleeps on a bench.", "A boat. It sails. The sea is very calm.", "A dog. The sea is very calm."),
        ("A dog on a bench.", "Two apples", None),
        ("A red car in a street", "A red car in a street", None),
        ("", "A boat on a calm sea", None),
    ],
)
def test_a_false_detail_comes_from_another_caption(caption: str, other: str, falsified: str | None) -> None:
    assert with_false_detail(caption, other, said=caption) == falsified


def test_sentences_are_joined_with_the_punctuation_of_their_script() -> None:
    assert joined("A dog on a bench", "A boat.") == "A dog on a bench. A boat."
    assert joined("A dog!", "A boat.") == "A dog! A boat."
    assert joined("一只狗", "一艘船。") == "一只狗。一艘船。"
    assert joined("一只狗。", "一艘船。") == "一只狗。一艘船。"
    assert sentences("一只狗。一艘船。 A dog. A boat") == ["一只狗。", "一艘船。", "A dog.", "A boat"]
    assert sentences(" \n ") == []


def captioned(tag: str, text: str, *, choice: Captioner | None = B) -> CaptionedImage:
    return CaptionedImage(Tag(tag), f"sha of {tag}", {A: text, B: f"{text} in the evening light."}, choice)


DOG, BOAT = captioned("image", "A brown dog lying on a wooden bench"), captioned("other", "A white boat on a calm sea")


def pairs_of(image: CaptionedImage, *others: CaptionedImage, both_orders: bool = True) -> dict[Probe, ProbePair]:
    return {pair.probe: pair for pair in probe_pairs(image, donors([image, *others]), both_orders=both_orders)}


def test_each_pair_says_what_is_right() -> None:
    pairs = pairs_of(DOG, BOAT)
    own, theirs = DOG.captions[B], BOAT.captions[B]
    assert set(pairs) == set(Probe)
    assert {pairs[probe].first for probe in Probe} - {own, theirs} == {joined(DOG.captions[A], own)}
    assert pairs[Probe.LONGER_WITH_ERROR].second == joined(own, theirs)
    assert (pairs[Probe.SWAPPED_IMAGE].first, pairs[Probe.SWAPPED_IMAGE].picture) == (theirs, OTHER)
    for captioner in Captioner:
        texts = {pairs[probe].caption_of(captioner) for probe in (Probe.OTHER_CAPTION, Probe.SWAPPED_IMAGE)}
        assert len(texts) == 1, "only the picture differs"
    blank = pairs[Probe.BLANK_IMAGE]
    assert blank.picture is None
    assert {captioner: blank.caption_of(captioner) for captioner in Captioner} == DOG.captions


def test_what_cannot_be_made_is_left_out() -> None:
    alone = {Probe.BLANK_IMAGE, Probe.REORDERED, Probe.SAME_CAPTION}
    assert set(pairs_of(DOG)) == alone, "no other image lends a detail"
    copy = replace(DOG, tag=OTHER)
    assert set(pairs_of(DOG, copy)) == alone, "a copy of the same picture says nothing false"
    assert Probe.REORDERED not in pairs_of(DOG, BOAT, both_orders=False)
    assert Probe.BLANK_IMAGE not in pairs_of(replace(DOG, choice=None), BOAT)


def test_pairs_and_samples_do_not_depend_on_the_order_of_images_and_larger_samples_contain_smaller_ones() -> None:
    images = [captioned(str(number), f"A thing{number} of kind{number} on a table{number}") for number in range(30)]
    tags = [image.tag for image in images]
    assert sample(tags, 10) == sample(reversed(tags), 20)[:10]
    assert pairs_of(DOG, *images) == pairs_of(DOG, *reversed(images))


@pytest.mark.parametrize(
    ("choice", "not_available", "chosen"),
    [
        (A, (), Chosen.FIRST),
        (B, (), Chosen.SECOND),
        (None, (), Chosen.NEITHER),
        (B, (B,), Chosen.FIRST),
        (A, (A,), Chosen.SECOND),
        (A, (A, B), Chosen.NEITHER),
    ],
)
def test_a_text_that_is_no_answer_loses(
    choice: Captioner | None, not_available: tuple[Captioner, ...], chosen: Chosen
) -> None:
    pair = ProbePair(Probe.FALSE_DETAIL, IMAGE, "right", "wrong", A, IMAGE)
    trial = pair.trial(judgement(IMAGE, choice, not_available=not_available))
    assert trial.chosen is chosen
    assert trial.is_fooled is (chosen is Chosen.SECOND)


def test_rates_leave_out_failures_and_repeated_trials_replace_earlier_ones() -> None:
    first, second = JudgeVersion("first", "o"), JudgeVersion("second", "o")
    failed = Trial(Probe.FALSE_DETAIL, None, "cut off")
    wrong, right = (Trial(Probe.FALSE_DETAIL, chosen) for chosen in (Chosen.SECOND, Chosen.FIRST))
    same = Trial(Probe.SAME_CAPTION, Chosen.NEITHER)
    image = (
        ProbedImage(IMAGE).with_trials(first, [failed, same], asked_at="1").with_trials(second, [wrong], asked_at="2")
    )
    image = image.with_trials(first, [right], asked_at="3")
    assert [(probing.version, probing.trials) for probing in image.probings] == [
        (second, (wrong,)),
        (first, (right, same)),
    ]
    (rate,) = probe_rates([failed, wrong, right, right])
    assert (rate.fooled.count, rate.fooled.total, rate.failed, rate.neither) == (1, 3, 1, 0)
    assert probe_rates([]) == ()
