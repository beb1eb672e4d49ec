"""Orders a list of options as a scale from worst to best, whichever end it starts with."""

from __future__ import annotations

import re
from collections.abc import Sequence

GOOD = (
    r"accurate|correct|good|excellent|great|best|perfect|high|agree|pass|yes|true|strong|clear|complete|useful|positive"
)
MIDDLING = r"acceptable|fair|average|neutral|okay|ok|moderate|medium|mixed|adequate|neither|sufficient"
BAD = (
    r"inaccurate|incorrect|bad|poor|worst|wrong|terrible|awful|low|disagree|fail|no|false|weak|unclear|incomplete|"
    r"useless|negative|unacceptable|not|never|none|insufficient"
)
STRONGER = r"very|extremely|strongly|completely|fully|totally|highly"
WEAKER = r"somewhat|slightly|partly|partially|mostly|rather|fairly|a bit"

NEGATIVE_SUBJECT = re.compile(
    r"hallucinat|error|mistake|unsupported|wrong|bias|inaccura|missing|problem|defect", re.IGNORECASE
)


def from_worst_to_best(options: Sequence[str]) -> list[str]:
    """Order `options` by their wording; in the given order if they are not comparable."""
    values = [valence(option) for option in options]
    known = [(position, value) for position, value in enumerate(values) if value is not None]
    if len(known) == len(options) and len({value for _, value in known}) == len(options):
        return [option for _, option in sorted(zip(values, options, strict=True), key=lambda pair: pair[0] or 0.0)]
    if len(known) >= 2 and known[0][1] > known[-1][1]:
        return list(reversed(options))
    return list(options)


def valence(option: str) -> float | None:
    """How good an option sounds, about -2 to 2; None if it does not sound like a grade."""
    text = option.lower()
    number = re.match(r"\s*(-?\d+(?:\.\d+)?)", text)
    if number:
        return float(number[1])
    if _contains(text, BAD):
        value = -1.0
    elif _contains(text, MIDDLING):
        value = 0.0
    elif _contains(text, GOOD):
        value = 1.0
    else:
        return None
    if _contains(text, STRONGER):
        return value * 2
    return value * 0.4 if _contains(text, WEAKER) else value


def pick(options: Sequence[str], score: float) -> str:
    """The option for a score of 0 to 1; each option covers an equal part of the range."""
    ordered = from_worst_to_best(options)
    return ordered[min(len(ordered) - 1, int(score * len(ordered)))]


def is_negative_subject(name: str) -> bool:
    """Whether a property's name asks for something bad, so that a high score means 'no'."""
    return NEGATIVE_SUBJECT.search(name) is not None


def _contains(text: str, words: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text) is not None
