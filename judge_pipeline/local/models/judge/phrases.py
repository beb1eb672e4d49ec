"""The phrases about a picture's look that the judge understands, each with the measurement that checks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from judge_pipeline.local.models.judge.evidence import Evidence
from judge_pipeline.local.models.picture.colours import Tone
from judge_pipeline.local.models.picture.layout import Arrangement, Background, Light

OTHER_COLOURLESS_TONE = 0.6
"""Calling a toned print black-and-white, or the reverse, is more right than wrong."""

MEDIUM_LIGHT = 0.3
PLAIN_WITH_OTHER_LIGHT = 0.5
GIVEN_UP_RIGHTLY, GIVEN_UP_BEFORE_A_GUESS, GIVEN_UP_WRONGLY = 0.7, 0.5, 0.1
"""Giving up is right when nothing can be recognised, but never as right as a name."""


@dataclass(frozen=True)
class Phrase:
    """A pattern for lower-case text, its topic, and how true it is (0 to 1) of what was measured."""

    topic: str
    pattern: re.Pattern[str]
    truth: Callable[[Evidence], float]


def _tone(claimed: Tone) -> Callable[[Evidence], float]:
    def truth(evidence: Evidence) -> float:
        measured = evidence.colours.tone
        if measured is claimed:
            return 1.0
        return 0.0 if Tone.COLOUR in (measured, claimed) else OTHER_COLOURLESS_TONE

    return truth


def _light(claimed: Light) -> Callable[[Evidence], float]:
    def truth(evidence: Evidence) -> float:
        measured = evidence.layout.light
        if measured is claimed:
            return 1.0
        return MEDIUM_LIGHT if measured is Light.MEDIUM else 0.0

    return truth


def _plain(claimed: Light) -> Callable[[Evidence], float]:
    def truth(evidence: Evidence) -> float:
        layout = evidence.layout
        if layout.background is not Background.PLAIN:
            return 0.0
        return 1.0 if layout.background_light is claimed else PLAIN_WITH_OTHER_LIGHT

    return truth


def _background(claimed: Background) -> Callable[[Evidence], float]:
    return lambda evidence: float(evidence.layout.background is claimed)


def _detail(*claimed: Arrangement) -> Callable[[Evidence], float]:
    return lambda evidence: float(evidence.layout.arrangement in claimed)


def _blurred(*, claimed: bool) -> Callable[[Evidence], float]:
    return lambda evidence: float(evidence.layout.is_blurred is claimed)


def _unidentified(evidence: Evidence) -> float:
    if evidence.recognition.certain:
        return GIVEN_UP_WRONGLY
    return GIVEN_UP_BEFORE_A_GUESS if evidence.recognition.possible else GIVEN_UP_RIGHTLY


def _phrase(topic: str, pattern: str, truth: Callable[[Evidence], float]) -> Phrase:
    return Phrase(topic, re.compile(rf"\b(?:{pattern})\b"), truth)


PHRASES = (
    _phrase("tone", r"black[- ]and[- ]white|monochrome|gr[ea]yscale", _tone(Tone.GREYSCALE)),
    _phrase("tone", r"sepia(?:[- ]toned| tones?)?", _tone(Tone.SEPIA)),
    _phrase("tone", r"colou?r (?:photo\w*|image|picture)|colou?rful|in full colou?r", _tone(Tone.COLOUR)),
    _phrase("blur", r"blurr(?:y|ed)|out of focus|unfocused", _blurred(claimed=True)),
    _phrase("blur", r"sharp|in focus|crisp", _blurred(claimed=False)),
    _phrase("background", r"plain dark background|dark plain background", _plain(Light.DARK)),
    _phrase("background", r"plain (?:light|white|bright) background", _plain(Light.BRIGHT)),
    _phrase("background", r"(?:plain|uniform|blank|simple) background", _background(Background.PLAIN)),
    _phrase("background", r"busy (?:surroundings|background)|cluttered", _background(Background.BUSY)),
    _phrase("light", r"dark(?: overall)?|dimly lit|night", _light(Light.DARK)),
    _phrase("light", r"light overall|bright(?:ly lit)?|well lit|sunlit", _light(Light.BRIGHT)),
    _phrase("texture", r"(?:even|uniform|regular|repeating)(?: texture| pattern)|texture", _detail(Arrangement.EVEN)),
    _phrase("place", r"fill(?:s|ing) the frame|all over", _detail(Arrangement.EVEN, Arrangement.ALL_OVER)),
    _phrase("place", r"in the (?:centre|center|middle)|cent(?:red|ered)", _detail(Arrangement.CENTRE)),
    _phrase("place", r"(?:towards|on|to|at) the left", _detail(Arrangement.LEFT)),
    _phrase("place", r"(?:towards|on|to|at) the right", _detail(Arrangement.RIGHT)),
    _phrase("place", r"in the (?:upper|top) part|at the top", _detail(Arrangement.UPPER)),
    _phrase("place", r"in the (?:lower|bottom) part|at the bottom", _detail(Arrangement.LOWER)),
    _phrase("identity", r"(?:could not|cannot|can't) be identified|unidentified|unrecogni[sz]able", _unidentified),
)
"""Tried in this order; matched text is not read again, so 'plain dark background' makes no claim about the light."""
