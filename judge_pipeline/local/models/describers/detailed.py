"""`measured-detailed`: subject, a narrower guess, tone, colours and composition, from the largest network on three views."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from judge_pipeline.local.models.describers.phrasing import (
    EVEN_TEXTURE,
    join_words,
    narrower_guess,
    picture_phrase,
    sentence,
)
from judge_pipeline.local.models.networks.classifier import Classifier, ends, whole
from judge_pipeline.local.models.picture.colours import Colours, Tone, measure_colours
from judge_pipeline.local.models.picture.layout import (
    Arrangement,
    Background,
    Layout,
    Light,
    Orientation,
    measure_layout,
)
from judge_pipeline.local.models.vocabulary.recognition import Recognition, Thresholds, recognise

IN_COLOUR = Thresholds(certain=0.56, possible=0.25)
WITHOUT_COLOUR = Thresholds(certain=0.60, possible=0.28)
"""Tuned on the sample photographs; the larger network is less confident, right or wrong."""

PLACES = {
    Arrangement.LEFT: " with most detail on the left",
    Arrangement.RIGHT: " with most detail on the right",
    Arrangement.UPPER: " with most detail in the upper part",
    Arrangement.LOWER: " with most detail in the lower part",
    Arrangement.ALL_OVER: " with detail all over",
}


def describe_in_detail(picture: Image.Image, classifier: Classifier) -> str:
    """One sentence about `picture`, as detailed as twenty words allow."""
    colours, layout = measure_colours(picture), measure_layout(picture)
    thresholds = IN_COLOUR if colours.tone is Tone.COLOUR else WITHOUT_COLOUR
    probabilities = classifier.classify(picture, [whole(picture), *ends(picture)])
    return detailed_sentence(recognise(probabilities, thresholds), colours, layout)


def detailed_sentence(recognition: Recognition, colours: Colours, layout: Layout) -> str:
    """The measurements as a sentence of at most twenty words."""
    light = {Light.DARK: "dark", Light.MEDIUM: "", Light.BRIGHT: "bright"}[layout.light]
    shape = {Orientation.PANORAMIC: "wide", Orientation.PORTRAIT: "upright"}.get(layout.orientation, "")
    picture = picture_phrase(colours.tone, "blurred" if layout.is_blurred else light or shape)
    return sentence(f"{_subject(recognition, layout)} in {picture}", _additions(colours, layout))


def _subject(recognition: Recognition, layout: Layout) -> str:
    guess = narrower_guess(recognition)
    if recognition.certain and guess:
        return f"{recognition.certain.phrase}, possibly {guess.phrase},"
    if recognition.certain:
        return recognition.certain.phrase
    if layout.arrangement is Arrangement.EVEN:
        return EVEN_TEXTURE
    return f"possibly {recognition.possible.phrase}," if recognition.possible else "an unidentified subject"


def _additions(colours: Colours, layout: Layout) -> Iterator[str]:
    if colours.tone is Tone.COLOUR and colours.dominant:
        yield f", mostly {join_words(colours.dominant)},"
    if layout.background is Background.PLAIN:
        light = {Light.DARK: "dark ", Light.MEDIUM: "", Light.BRIGHT: "light "}[layout.background_light]
        yield f" against a plain {light}background"
    elif layout.arrangement in PLACES:
        yield PLACES[layout.arrangement]
    elif layout.arrangement is Arrangement.CENTRE and layout.background is Background.BUSY:
        yield " with busy surroundings"
