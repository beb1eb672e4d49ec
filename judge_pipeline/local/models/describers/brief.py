"""`measured-brief`: tone, subject and one remark on the setting, from the smallest network on two views."""

from __future__ import annotations

from PIL import Image

from judge_pipeline.local.models.describers.phrasing import (
    EVEN_TEXTURE,
    UNIDENTIFIED,
    join_words,
    picture_phrase,
    sentence,
)
from judge_pipeline.local.models.networks.classifier import Classifier, centre, whole
from judge_pipeline.local.models.picture.colours import Colours, Tone, measure_colours
from judge_pipeline.local.models.picture.layout import Arrangement, Background, Layout, Light, measure_layout
from judge_pipeline.local.models.vocabulary.recognition import Recognition, Thresholds, recognise

IN_COLOUR = Thresholds(certain=0.50, possible=0.30)
WITHOUT_COLOUR = Thresholds(certain=0.72, possible=0.30)
"""Tuned on the sample photographs: without colour the small network is often confidently wrong."""


def describe_briefly(picture: Image.Image, classifier: Classifier) -> str:
    """One short sentence about `picture`."""
    colours, layout = measure_colours(picture), measure_layout(picture)
    thresholds = IN_COLOUR if colours.tone is Tone.COLOUR else WITHOUT_COLOUR
    probabilities = classifier.classify(picture, [whole(picture), centre(picture)])
    return brief_sentence(recognise(probabilities, thresholds), colours, layout)


def brief_sentence(recognition: Recognition, colours: Colours, layout: Layout) -> str:
    """The measurements as a sentence of at most twenty words."""
    subject = picture_phrase(colours.tone, "blurred" if layout.is_blurred else "")
    setting = _setting(colours, layout)
    if recognition.certain:
        return sentence(f"{subject} of {recognition.certain.phrase}", [setting])
    if layout.arrangement is Arrangement.EVEN:
        return sentence(f"{subject} of {EVEN_TEXTURE}", [setting])
    if setting and not setting.startswith(","):
        setting = f",{setting}"
    if recognition.possible:
        return sentence(f"{subject}, possibly of {recognition.possible.phrase}", [setting])
    return sentence(f"{subject} of {UNIDENTIFIED}", [setting])


def _setting(colours: Colours, layout: Layout) -> str:
    if layout.background is Background.PLAIN:
        light = {Light.DARK: "dark ", Light.MEDIUM: "", Light.BRIGHT: "light "}[layout.background_light]
        return f" against a plain {light}background"
    if colours.tone is Tone.COLOUR and colours.dominant:
        return f", mostly {join_words(colours.dominant[:2])}"
    if layout.light is Light.DARK:
        return ", dark overall"
    return ", light overall" if layout.light is Light.BRIGHT else ""
