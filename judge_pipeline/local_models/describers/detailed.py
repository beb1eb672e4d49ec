"""`measured-detailed`: subject, a closer guess, composition, colours and light, seen by the largest network in four views."""

from __future__ import annotations

from PIL import Image

from judge_pipeline.local_models.describers.phrasing import join_words, subject_phrase
from judge_pipeline.local_models.networks.classifier import Classifier, centre, ends, whole
from judge_pipeline.local_models.picture.colours import Colours, Tone, measure_colours
from judge_pipeline.local_models.picture.layout import Arrangement, Layout, Light, measure_layout
from judge_pipeline.local_models.vocabulary.recognition import Caution, recognise

MAX_WORDS = 20
IN_COLOUR = Caution(certain=0.56, possible=0.24)
WITHOUT_COLOUR = Caution(certain=0.60, possible=0.24)
"""Chosen on the sample photographs; the larger network is less sure of everything, right or wrong (docs)."""

PLACES = {
    Arrangement.CENTRE: "in the centre",
    Arrangement.LEFT: "towards the left",
    Arrangement.RIGHT: "towards the right",
    Arrangement.UPPER: "in the upper part",
    Arrangement.LOWER: "in the lower part",
    Arrangement.ALL_OVER: "filling the frame",
    Arrangement.EVEN: "filling the frame",
}


def describe_in_detail(picture: Image.Image, classifier: Classifier) -> str:
    """One sentence about `picture`, as full as twenty words allow."""
    colours, layout = measure_colours(picture), measure_layout(picture)
    caution = IN_COLOUR if colours.tone is Tone.COLOUR else WITHOUT_COLOUR
    probabilities = classifier.classify(picture, [whole(picture), centre(picture), *ends(picture)])
    recognition = recognise(probabilities, caution)
    subject = subject_phrase(recognition.certain, recognition.possible, layout)

    start = f"{subject[0].upper()}{subject[1:]} {PLACES[layout.arrangement]}"
    parts = [_background(layout), _colours(colours), _light(layout)]
    sentence = start
    for part in filter(None, parts):
        longer = f"{sentence}, {part}"
        if len(longer.split()) <= MAX_WORDS:
            sentence = longer
    return f"{sentence}."


def _background(layout: Layout) -> str:
    if layout.arrangement in (Arrangement.EVEN, Arrangement.ALL_OVER):
        return ""
    return "against a plain background" if layout.is_background_plain else "in busy surroundings"


def _colours(colours: Colours) -> str:
    if colours.tone is not Tone.COLOUR:
        return f"in {colours.tone}" if colours.tone is Tone.GREYSCALE else "in sepia tones"
    return f"mostly in {join_words(colours.dominant)}" if colours.dominant else "in many colours"


def _light(layout: Layout) -> str:
    if layout.is_blurred:
        return "out of focus or blurred"
    return {Light.DARK: "dark overall", Light.MEDIUM: "", Light.BRIGHT: "brightly lit"}[layout.light]
