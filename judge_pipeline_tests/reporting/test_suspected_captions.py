"""Captions that may not be captions are counted per captioner, and what is said of several images is known from all of them."""

from dataclasses import replace

from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import A, B, caption, image, judgement, report_on

TAGS = [Tag(f"tag-{number}") for number in range(10)]
WORDS = ["cat", "dog", "bus", "tree", "boat", "lamp", "chair", "bird", "house", "horse"]


def report(captions_8b: list[str], captions_16b: list[str], *, copies: bool = False) -> Report:
    pairs = list(zip(TAGS, captions_8b, captions_16b, strict=False))
    return report_on(
        images={tag: replace(image(tag), sha256="one" if copies else tag) for tag, _, _ in pairs},
        captions_8b={tag: caption(tag, A, text) for tag, text, _ in pairs},
        captions_16b={tag: caption(tag, B, text) for tag, _, text in pairs},
        judgements={tag: judgement(tag, A) for tag, _, _ in pairs},
    )


def figures(found: Report) -> dict[str, float | None]:
    section = next(section for section in found.sections if section.name == "troubles")
    return {metric.name: metric.value for metric in section.metrics}


def test_ordinary_captions_raise_nothing() -> None:
    found = figures(report([f"A {word}." for word in WORDS], [f"A big {word} in a park." for word in WORDS]))
    assert not {"suspected_8b", "suspected_16b", "no_common_word"} & found.keys()


def test_the_same_sentence_for_several_images_is_counted_for_its_captioner() -> None:
    said = ["Some shapes."] * 4 + [f"A {word}." for word in WORDS[4:]]
    found = report(said, [f"A big {word} with some shapes." for word in WORDS])
    assert figures(found)["suspected_8b"] == 0.4
    assert "suspected_16b" not in figures(found)
    (table,) = [table for section in found.sections for table in section.tables if table.name == "suspected_captions"]
    assert table.rows[0] == ("tag-0.jpg", "LLM 8B: says the same of several images: Some shapes.")
    assert len(table.rows) == 4


def test_copies_of_an_image_are_one_image() -> None:
    assert "suspected_8b" not in figures(report(["A cat."] * 5, ["A black cat."] * 5, copies=True))


def test_a_caption_that_speaks_of_what_the_model_cannot_do_is_counted() -> None:
    found = figures(report(["A cat. I cannot identify its breed.", "A dog."], ["A black cat.", "A brown dog."]))
    assert found["suspected_8b"] == 0.5


def test_captions_without_a_common_word_are_named_when_they_are_most() -> None:
    blind = [f"Some shapes, number {number}." for number in range(10)]
    assert figures(report(blind, [f"A big {word}." for word in WORDS]))["no_common_word"] == 1.0
    assert (
        figures(report([f"一只{n}猫" for n in range(10)], [f"A big {word}." for word in WORDS]))["no_common_word"]
        == 1.0
    )
    mixed = [*blind[:4], *[f"A {word}." for word in WORDS[4:]]]
    assert "no_common_word" not in figures(report(mixed, [f"A big {word}." for word in WORDS]))
