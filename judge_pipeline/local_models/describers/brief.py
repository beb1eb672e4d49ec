"""`measured-brief`: the subject, the tone and one thing about the setting, seen by the smallest network."""

from __future__ import annotations

from PIL import Image

from judge_pipeline.local_models.describers.phrasing import join_words, subject_phrase
from judge_pipeline.local_models.networks.classifier import Classifier, centre, whole
from judge_pipeline.local_models.picture.colours import Tone, measure_colours
from judge_pipeline.local_models.picture.layout import Arrangement, Light, measure_layout
from judge_pipeline.local_models.vocabulary.recognition import Caution, recognise

IN_COLOUR = Caution(certain=0.50, possible=0.30)
WITHOUT_COLOUR = Caution(certain=0.72, possible=0.30)
"""Chosen on the sample photographs: without colour the small network is often sure and wrong (docs)."""


def describe_briefly(picture: Image.Image, classifier: Classifier) -> str:
    """One short sentence about `picture`."""
    colours, layout = measure_colours(picture), measure_layout(picture)
    caution = IN_COLOUR if colours.tone is Tone.COLOUR else WITHOUT_COLOUR
    probabilities = classifier.classify(picture, [whole(picture), centre(picture)])
    recognition = recognise(probabilities, caution)
    subject = subject_phrase(recognition.certain, recognition.possible if not recognition.certain else None, layout)

    medium = {
        Tone.COLOUR: "A colour photograph",
        Tone.SEPIA: "A sepia-toned photograph",
        Tone.GREYSCALE: "A black-and-white photograph",
    }[colours.tone]
    if layout.is_blurred:
        medium = medium.replace("A ", "A blurred ", 1)
    if layout.is_background_plain:
        setting = {
            Light.DARK: " against a plain dark background",
            Light.MEDIUM: " against a plain background",
            Light.BRIGHT: " against a plain light background",
        }[layout.background_light]
    elif colours.tone is Tone.COLOUR and colours.dominant:
        setting = f", mostly {join_words(colours.dominant[:2])}"
    elif layout.light is Light.DARK and layout.arrangement is not Arrangement.EVEN:
        setting = ", dark overall"
    else:
        setting = ""
    return f"{medium} of {subject}{setting}."
