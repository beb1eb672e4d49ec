"""The limit of a caption holds where words are not separated by spaces, and counts ordinary captions as ever."""

import re

import pytest

from judge_pipeline.domain.caption import read_caption
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.word_count import count_words
from judge_pipeline_tests.domain.answer_texts.test_refusals import true_captions
from judge_pipeline_tests.injection.canaries import ORDINARY

SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff]")


def test_captions_with_spaces_count_as_ever() -> None:
    """A count is part of a repair round's question: another one would be paid again."""
    spaced = [text for text in (*ORDINARY, *true_captions()) if not SPACELESS.search(text)]
    assert [text for text in spaced if count_words(text) != len(text.split())] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("A state-of-the-art, black-and-white cat isn't 1,000,000 miles away \u2014 really.", 11),
        ("一只橘色的猫躺在灰色沙发上,旁边放着一个蓝色靠枕。", 15),
        ("灰色のソファの上でオレンジ色の猫が眠っている。", 14),
        ("แมวสีส้มนอนอยู่บนโซฟาสีเทาข้างหมอนสีน้ำเงิน", 12),
        ("고양이가 소파에 누워 있다", 4),
        ("iPhone手机", 3),
        ("![p](http://www.example.org/a-b/c.png) [l](http://example.org/l) and more", 4),
    ],
)
def test_a_caption_has_about_as_many_words_as_a_dictionary_finds(text: str, words: int) -> None:
    """The numbers are those of ICU 78's dictionaries."""
    assert abs(count_words(text) - words) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "一" * 80,
        "灰色の猫が眠っている" * 5,
        "แมวนอนบนโซฟา" * 8,
        "ຂ" * 90,
        "word-" * 60,
        "word_" * 60,
        "word/" * 60,
        "word." * 60,
        "cat,dog," * 30,
        "cat\u200bdog\u200b" * 30,
        "cat\u2014dog\u2014" * 30,
        "\U0001f431" * 60,
        "word" * 60,
    ],
)
def test_a_caption_without_spaces_has_a_length(text: str) -> None:
    with pytest.raises(UnusableAnswer, match=r"the caption has \d+ words, at most 20 are allowed"):
        read_caption(text)
