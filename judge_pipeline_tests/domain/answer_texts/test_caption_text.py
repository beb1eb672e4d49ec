"""What stands around a caption is taken off by one rule for both captioners; a caption that says nothing is an empty answer."""

# ruff: noqa: E501  tables of texts

import pytest

from judge_pipeline.domain.caption import read_caption
from judge_pipeline.domain.caption_text import caption_text, says_nothing
from judge_pipeline.domain.judgement import alike
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline_tests.domain.answer_texts.test_refusals import true_captions

AROUND = (
    "{}", " {}\n", "\u200b{}\u200b", '"{}"', "\u201c{}\u201d", "\u201e{}\u201c", "\u00ab {} \u00bb", "'{}'", "\u300c{}\u300d",
    "*{}*", "**{}**", "__{}__", "`{}`", "```\n{}\n```", "# {}", "> {}", "- {}", "\u2022 {}",
    "Caption: {}", "**Caption:** {}", "**Caption**: {}", "### Caption\n{}", "Image caption: {}", "Caption (12 words): {}", "Final answer: {}",
    "The caption is: {}", "Output:\n{}", "Alt text: {}", "Here is a caption for the image:\n\n{}", "Here\u2019s a short caption within 20 words: {}",
    'Sure! Here is the caption: "{}"', "Sure! {}", '**"{}"**', '{{"caption": "{}"}}', '```json\n{{"caption": "{}"}}\n```',
    "图片描述:{}", "标题:{}", "キャプション:{}", "캡션: {}", "L\u00e9gende : {}", "Descripci\u00f3n: {}", "Descripci\u00f3n de la imagen: {}",
    "Bildunterschrift: {}", "Legenda: {}", "Подпись: {}", "الوصف: {}", "विवरण: {}", "ক্যাপশন: {}", "Keterangan: {}", "Didascalia: {}",
)  # fmt: skip

NOTHING = (
    "", " \n", "\u200b\u200b", "\ufeff", "\u00ad", "\u3164", "\u2800", ".", "...", "-", "\u2014", "***", "_____", "?", '""', "N/A", "n.a.", "None.", "null", "TBD", "string", "caption",
    "<image>", "<image><image>", "<|image_pad|>", "[image]", "[IMG_1]", "<img>", "![](x.png)", "![image](x.png)", "{caption}", "{{caption}}", "[CAPTION]", "<caption></caption>", "(no caption)",
    "[Insert caption here]", "Insert caption here", "[Your caption here]", "[Your description goes here]", "[Insert image description]", "No description available.",
    "Caption: N/A", "<think>x</think>.", "**[Insert caption here]**", "无", "なし",
    r"\boxed{}", "Untitled", "Keine Beschreibung.", "Sin descripción", "(leer)", "(vacío)", "无描述", "Here is the caption:", "Here's a short caption for the image:",
)  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
def test_what_stands_around_a_caption_is_taken_off(around: str) -> None:
    assert read_caption(around.format("A cat on a mat.")) == "A cat on a mat."


@pytest.mark.parametrize(
    "text",
    [
        '"Stop" and "Go" on two signs',
        "**Bold** and **bolder** letters",
        'A sign: "Stop"',
        "A *red* car",
        "<script>alert(1)</script>\r\nGreen.",
        "=1+1 \U0001f600",
        "A \u202e red\x1b[31m area",
        "Description of a plant next to a pot.",
        "Answer sheet on a desk.",
        "Caption text below a photo",
        "1. FC Köln plays at home.",
        "Eine Katze auf einer Matte.",
        "一只猫躺在垫子上。",
    ],
)
def test_wording_language_and_what_stands_inside_are_kept(text: str) -> None:
    assert read_caption(text) == text


@pytest.mark.parametrize("text", NOTHING)
def test_a_caption_that_says_nothing_is_empty(text: str) -> None:
    with pytest.raises(UnusableAnswer, match="the caption is empty"):
        read_caption(text)


def test_no_true_caption_says_nothing() -> None:
    shortest = [
        "A cat.",
        "Stop",
        "404",
        "猫",
        "\U0001f600",
        "A picture",
        "Blank page",
        "[A cat on a mat]",
        "Insert coin here",
        "Text.",
    ]
    assert [text for text in [*true_captions(), *shortest] if says_nothing(caption_text(text))] == []


def test_the_rule_is_applied_until_nothing_is_left_to_take_off() -> None:
    assert [text for text in true_captions() if caption_text(caption_text(text)) != caption_text(text)] == []


def test_the_same_caption_in_two_dresses_is_the_same() -> None:
    assert alike(read_caption('Caption: "A cafe\u0301."'), read_caption("**a caf\u00e9.**"))
