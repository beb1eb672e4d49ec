"""The describers' sentences: short, truthful as far as measurable, hedged if unsure."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.models.describers.brief import brief_sentence
from judge_pipeline.local.models.describers.detailed import detailed_sentence
from judge_pipeline.local.models.picture.colours import Colours, Tone
from judge_pipeline.local.models.picture.layout import Arrangement, Background, Layout, Light, Orientation
from judge_pipeline.local.models.vocabulary.recognition import Recognition
from judge_pipeline.local.models.vocabulary.words import Word, all_words

DOCUMENT = Path(__file__).parents[3] / "docs" / "measured-descriptions.md"
WORDS = st.none() | st.sampled_from(all_words())
COLOUR_NAMES = ("black", "white", "grey", "turquoise", "orange", "brown")
LAYOUTS = st.builds(
    Layout,
    light=st.sampled_from(Light),
    background=st.sampled_from(Background),
    background_light=st.sampled_from(Light),
    is_blurred=st.booleans(),
    arrangement=st.sampled_from(Arrangement),
    orientation=st.sampled_from(Orientation),
)
COLOURS = st.builds(
    Colours,
    tone=st.sampled_from(Tone),
    shares=st.dictionaries(st.sampled_from(COLOUR_NAMES), st.floats(0.01, 0.9), max_size=6),
)


@given(recognition=st.builds(Recognition, certain=WORDS, possible=WORDS), colours=COLOURS, layout=LAYOUTS)
def test_a_sentence_never_has_more_than_twenty_words(
    recognition: Recognition, colours: Colours, layout: Layout
) -> None:
    """Captions of more than twenty words break the seed's instruction to both captioners."""
    for write in (brief_sentence, detailed_sentence):
        text = write(recognition, colours, layout)
        assert len(text.split()) <= 20, text
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert text.count(".") == 1 + text.count("St. "), text
        assert not any(blot in text for blot in ("  ", ",,", " ,", ",.", "None")), text


@given(word=st.sampled_from(all_words()), colours=COLOURS, layout=LAYOUTS)
def test_a_word_that_is_only_offered_is_hedged(word: Word, colours: Colours, layout: Layout) -> None:
    recognition = Recognition(None, word)
    for write in (brief_sentence, detailed_sentence):
        text = write(recognition, colours, layout)
        assert "possibly" in text.lower() or "even texture" in text


@given(colours=COLOURS, layout=LAYOUTS)
def test_the_sentence_admits_what_was_not_recognised(colours: Colours, layout: Layout) -> None:
    nothing = Recognition(None, None)
    brief, detailed = (write(nothing, colours, layout) for write in (brief_sentence, detailed_sentence))
    assert "could not be identified" in brief or "even texture" in brief
    assert "unidentified" in detailed or "even texture" in detailed


TRUE_NAMES = {
    "cat": "cat",
    "coffee": "espresso",
    "photographer": "tripod",
    "alps": "mountain scenery",
    "boats": "waterside scene",
    "gravel": "even texture",
    "clock_blurred": "blurred",
}


@pytest.mark.parametrize("name", TRUE_NAMES)
def test_both_describers_name_obvious_subjects(described: dict[str, tuple[str, str]], name: str) -> None:
    brief, detailed = described[name]
    assert TRUE_NAMES[name] in brief.lower()
    assert TRUE_NAMES[name] in detailed.lower()


def test_the_two_describers_differ_on_every_photograph(described: dict[str, tuple[str, str]]) -> None:
    assert all(brief != detailed for brief, detailed in described.values())


def test_the_documented_captions_are_current(described: dict[str, tuple[str, str]]) -> None:
    """If this fails, run benchmarks/measured_descriptions.py and paste its table into the page."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert {name: (brief, detailed) for name, brief, detailed in rows} == described
