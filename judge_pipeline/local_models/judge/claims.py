"""Reads the claims that a caption makes and that can be measured; every other word of it is left alone.

A caption is data: only the words listed here and in the vocabulary are looked for, so nothing in it can instruct.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from judge_pipeline.local_models.judge.evidence import Evidence
from judge_pipeline.local_models.picture.colours import NEUTRALS, Tone
from judge_pipeline.local_models.picture.layout import Arrangement, Background, Light
from judge_pipeline.local_models.vocabulary.lexicon import find_mentions, tokens
from judge_pipeline.local_models.vocabulary.words import Word

COLOUR_NAMES = {
    **{name: name for name in ("black", "white", "red", "orange", "yellow", "green", "blue", "purple", "pink")},
    "grey": "grey",
    "gray": "grey",
    "brown": "brown",
    "beige": "beige",
    "turquoise": "turquoise",
    "tan": "beige",
    "cream": "beige",
    "golden": "orange",
    "violet": "purple",
    "teal": "turquoise",
}
HEDGES = frozenset({"possibly", "perhaps", "maybe", "probably", "apparently", "seemingly", "likely"})
HEDGE_REACH = 3
"""How many words a hedge may stand before the thing it weakens."""

ENOUGH_OF_A_COLOUR = 0.12


@dataclass(frozen=True)
class Claim:
    """Something a caption says, how true it was measured to be (0 to 1), and how much it weighs."""

    topic: str
    text: str
    truth: float
    weight: float
    is_hedged: bool = False
    thing: Word | None = None
    colour: str | None = None


Check = Callable[[Evidence], float]

PHRASES: tuple[tuple[str, str, Check], ...] = (
    ("tone", r"black[- ]and[- ]white|monochrome|gr[ea]yscale", lambda e: _tone(e, Tone.GREYSCALE)),
    ("tone", r"sepia(?:[- ]toned| tones)?", lambda e: _tone(e, Tone.SEPIA)),
    (
        "tone",
        r"(?:in )?colou?r (?:photo\w*|image|picture)|colou?rful|in (?:many|full) colou?rs?",
        lambda e: _tone(e, Tone.COLOUR),
    ),
    ("blur", r"blurr\w*|blurry|out of focus|unfocused", lambda e: float(e.layout.is_blurred)),
    ("sharpness", r"sharp|in focus|crisp", lambda e: float(not e.layout.is_blurred)),
    ("background", r"plain dark background|dark plain background", lambda e: _plain(e, Light.DARK)),
    ("background", r"plain (?:light|white|bright) background", lambda e: _plain(e, Light.BRIGHT)),
    (
        "background",
        r"(?:plain|uniform|blank|simple) background|isolated",
        lambda e: float(e.layout.background is Background.PLAIN),
    ),
    (
        "background",
        r"busy (?:surroundings|background)|cluttered",
        lambda e: float(e.layout.background is Background.BUSY),
    ),
    ("light", r"dark overall|\bdark\b|dimly lit|at night|night", lambda e: _light(e, Light.DARK)),
    ("light", r"brightly lit|\bbright\b|well lit|sunlit", lambda e: _light(e, Light.BRIGHT)),
    (
        "texture",
        r"(?:even|repeating|regular|uniform)[,]? (?:repeating )?(?:texture|pattern)|texture",
        lambda e: _placed(e, Arrangement.EVEN),
    ),
    ("place", r"fill\w* the frame|all over", lambda e: _placed(e, Arrangement.EVEN, Arrangement.ALL_OVER)),
    ("place", r"in the (?:centre|center|middle)|centred|centered", lambda e: _placed(e, Arrangement.CENTRE)),
    ("place", r"(?:towards|on|to|at|in) the left", lambda e: _placed(e, Arrangement.LEFT)),
    ("place", r"(?:towards|on|to|at|in) the right", lambda e: _placed(e, Arrangement.RIGHT)),
    ("place", r"in the (?:upper|top) part|at the top", lambda e: _placed(e, Arrangement.UPPER)),
    ("place", r"in the (?:lower|bottom) part|at the bottom", lambda e: _placed(e, Arrangement.LOWER)),
    (
        "identity",
        r"(?:could not|cannot|can't) be identified|unidentified|unrecogni[sz]able|something unclear",
        lambda e: _unknown(e),
    ),
)

WEIGHTS = {"tone": 0.6, "identity": 2.5, "texture": 2.0}
THING_WEIGHT, COLOUR_WEIGHT, OTHER_WEIGHT = 3.0, 0.4, 0.4


def read_claims(caption: str, evidence: Evidence) -> tuple[Claim, ...]:
    """Find the measurable claims of `caption` and check each of them."""
    remaining, claims = caption.lower(), []
    for topic, pattern, check in PHRASES:
        match = re.search(pattern, remaining)
        if match:
            claims.append(Claim(topic, match[0], check(evidence), WEIGHTS.get(topic, OTHER_WEIGHT)))
            remaining = re.sub(pattern, " , ", remaining)
    return (*claims, *_things_and_colours(remaining, evidence))


def _things_and_colours(text: str, evidence: Evidence) -> list[Claim]:
    words = tokens(text)
    claims: list[Claim] = []
    seen: set[str] = set()
    covered: set[int] = set()
    for mention in find_mentions(words):
        covered.update(range(mention.start, mention.end))
        if mention.word.name not in seen:
            seen.add(mention.word.name)
            is_hedged = bool(HEDGES & set(words[max(0, mention.start - HEDGE_REACH) : mention.start]))
            truth = evidence.of_thing(mention.word)
            claims.append(Claim("thing", mention.text, truth, THING_WEIGHT, is_hedged=is_hedged, thing=mention.word))
    for position, word in enumerate(words):
        colour = COLOUR_NAMES.get(word)
        if colour and colour not in seen and position not in covered:
            seen.add(colour)
            claims.append(Claim("colour", word, _colour(evidence, colour), COLOUR_WEIGHT, colour=colour))
    return claims


def _colour(evidence: Evidence, colour: str) -> float:
    if evidence.colours.tone is not Tone.COLOUR and colour not in NEUTRALS:
        return 0.0
    return min(1.0, evidence.colours.shares.get(colour, 0.0) / ENOUGH_OF_A_COLOUR)


def _tone(evidence: Evidence, claimed: Tone) -> float:
    measured = evidence.colours.tone
    if measured is claimed:
        return 1.0
    return 0.0 if Tone.COLOUR in (measured, claimed) else 0.6


def _plain(evidence: Evidence, light: Light) -> float:
    layout = evidence.layout
    return float(layout.background is Background.PLAIN) * (1.0 if layout.background_light is light else 0.5)


def _light(evidence: Evidence, claimed: Light) -> float:
    if evidence.layout.light is claimed:
        return 1.0
    return 0.3 if evidence.layout.light is Light.MEDIUM else 0.0


def _placed(evidence: Evidence, *claimed: Arrangement) -> float:
    return float(evidence.layout.arrangement in claimed)


def _unknown(evidence: Evidence) -> float:
    """To give up is right when nothing can be recognised, though never as right as a name."""
    if evidence.recognition.certain:
        return 0.1
    return 0.5 if evidence.recognition.possible else 0.75
