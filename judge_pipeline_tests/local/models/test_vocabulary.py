"""The word lists are consistent, and the narrowest supported word is chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from judge_pipeline.local.models.vocabulary.lexicon import AMBIGUOUS, find_mentions, tokens
from judge_pipeline.local.models.vocabulary.recognition import CLASS_COUNT, Thresholds, recognise, support
from judge_pipeline.local.models.vocabulary.words import Word, all_words, read_rows, words_by_name

THRESHOLDS = Thresholds(certain=0.5, possible=0.25)


def probabilities(**shares: float) -> NDArray[np.float64]:
    """The given share for each phrase ('a_tabby_cat'), the rest spread over all classes."""
    values = np.full(CLASS_COUNT, (1 - sum(shares.values())) / CLASS_COUNT)
    for phrase, share in shares.items():
        classes = words_by_name()[phrase.replace("_", " ")].classes
        values[list(classes)] += share / len(classes)
    return values


def phrase(word: Word | None) -> str | None:
    return word.phrase if word else None


def test_every_class_has_a_phrase_and_a_known_kind() -> None:
    rows = read_rows("classes.tsv")
    assert [int(row["index"]) for row in rows] == list(range(CLASS_COUNT))
    assert {row["kind"] for row in rows} <= {row["kind"] for row in read_rows("kinds.tsv")}
    assert len({word.name for word in all_words()}) == len(all_words())
    assert all(word.classes and len(word.phrase.split()) <= 7 for word in all_words())


def test_kinds_contain_the_classes_their_name_implies() -> None:
    kinds = words_by_name()
    assert len(kinds["animal"].classes) == 398, "ImageNet's first 398 classes are its animals"
    assert len(kinds["dog"].classes) == 118
    for narrow, broad in (("cat", "furry_animal"), ("sailing_ship", "waterside"), ("mountains", "landscape")):
        assert set(kinds[narrow].classes) < set(kinds[broad].classes)


def test_a_certain_class_is_named() -> None:
    assert phrase(recognise(probabilities(a_Persian_cat=0.9), THRESHOLDS).certain) == "a Persian cat"


def test_classes_that_share_a_kind_are_named_by_it() -> None:
    split = probabilities(a_Persian_cat=0.3, a_Siamese_cat=0.3, a_tabby_cat=0.2)
    recognition = recognise(split, THRESHOLDS)
    assert phrase(recognition.certain) == "a cat"
    assert phrase(recognition.possible) in ("a Persian cat", "a Siamese cat")


def test_a_weak_class_is_only_offered() -> None:
    recognition = recognise(probabilities(a_Persian_cat=0.35), THRESHOLDS)
    assert (phrase(recognition.certain), phrase(recognition.possible)) == (None, "a Persian cat")


def test_nothing_is_recognised_where_every_class_is_equally_likely() -> None:
    """Four classes in ten are animals: without the correction for chance, every blank picture would be 'an animal'."""
    recognition = recognise(probabilities(), THRESHOLDS)
    assert (recognition.certain, recognition.possible) == (None, None)


@given(seed=st.integers(0, 10_000), sharpness=st.floats(0, 12))
def test_a_stated_word_is_at_least_as_likely_as_required(seed: int, sharpness: float) -> None:
    logits = np.random.default_rng(seed).normal(size=CLASS_COUNT) * sharpness
    values = np.exp(logits - logits.max())
    values /= values.sum()
    recognition = recognise(values, THRESHOLDS)
    if recognition.certain:
        assert support(recognition.certain, values) >= THRESHOLDS.certain - 1e-9
    if recognition.possible:
        assert support(recognition.possible, values) >= THRESHOLDS.possible - 1e-9
    if recognition.certain and recognition.possible:
        assert set(recognition.possible.classes) < set(recognition.certain.classes)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Two dogs and a cat.", ["dog", "cat"]),
        ("a golden retriever", ["a golden retriever"]),
        ("BUTTERFLIES near boxes", ["butterfly"]),
        ("sandwiched between buses", ["bus"]),
        ("mostly orange and light", []),
        ("a cup of coffee", ["drink"]),
        ("a great white shark", ["a great white shark"]),
        ("barber\N{RIGHT SINGLE QUOTATION MARK}s shop", ["a barber's shop"]),
    ],
)
def test_words_are_found_in_running_text(text: str, names: list[str]) -> None:
    assert [mention.word.name for mention in find_mentions(tokens(text))] == names


def test_the_judge_understands_everything_the_describers_can_say() -> None:
    for word in all_words():
        text = tokens(f"A picture of {word.phrase}.")
        understood = {index for mention in find_mentions(text) for index in mention.word.classes}
        assert set(word.classes) <= understood or text[-1] in AMBIGUOUS, word.phrase
