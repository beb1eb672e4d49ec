"""Suggests how to improve a caption, based on the measurements."""

from __future__ import annotations

from collections.abc import Iterator

from judge_pipeline.local.models.judge.evidence import Evidence
from judge_pipeline.local.models.judge.scoring import WORD_LIMIT, Scores
from judge_pipeline.local.models.picture.colours import Tone
from judge_pipeline.local.models.picture.layout import Arrangement, Background, Light

UNSUPPORTED = 0.25
MOST_SUGGESTIONS = 2
PLACES = {
    Arrangement.LEFT: "most of the detail is on the left",
    Arrangement.RIGHT: "most of the detail is on the right",
    Arrangement.UPPER: "most of the detail is in the upper part",
    Arrangement.LOWER: "most of the detail is in the lower part",
    Arrangement.CENTRE: "the detail lies around the centre",
    Arrangement.ALL_OVER: "the detail is spread all over the frame",
}


def suggest_improvement(scores: Scores, evidence: Evidence) -> str:
    """One or two sentences, most useful first: drop what is unsupported, name what is missing."""
    if not scores.is_description:
        return "Write a caption; this text describes nothing."
    found = [*_unsupported(scores), *_too_long(scores), *_subject(scores, evidence), *_looks(scores, evidence)]
    return " ".join(found[:MOST_SUGGESTIONS]) or "Keep it: it says everything that was measured, and nothing else."


def _unsupported(scores: Scores) -> list[str]:
    wrong = [f"'{claim.text}'" for claim in scores.claims if claim.truth < UNSUPPORTED]
    return [f"Drop {', '.join(wrong)}, not supported by the measurements."] if wrong else []


def _too_long(scores: Scores) -> list[str]:
    words = len(scores.caption.split())
    return [f"Shorten it to {WORD_LIMIT} words; it has {words}."] if words > WORD_LIMIT else []


def _subject(scores: Scores, evidence: Evidence) -> list[str]:
    subject, guess = evidence.recognition.certain, evidence.recognition.possible
    named = [claim.thing for claim in scores.claims if claim.thing and claim.truth >= UNSUPPORTED]
    is_texture = evidence.layout.arrangement is Arrangement.EVEN
    if subject and not named:
        return [f"Name the main subject: {subject.phrase}."]
    if subject and len(subject.classes) < min(len(word.classes) for word in named):
        return [f"Name the subject more closely: {subject.phrase}."]
    if is_texture and "texture" not in _topics(scores) and not named:
        return ["Say that an even texture fills the frame."]
    if guess and not subject and not named and not is_texture:
        return [f"Offer a guess at the subject: possibly {guess.phrase}."]
    return []


def _looks(scores: Scores, evidence: Evidence) -> Iterator[str]:
    topics, named = _topics(scores), {claim.colour for claim in scores.claims}
    colours, layout = evidence.colours, evidence.layout
    if layout.is_blurred and "blur" not in topics:
        yield "Say that the picture is blurred."
    if colours.tone is not Tone.COLOUR and "tone" not in topics:
        yield f"Say that the picture is {colours.tone}."
    missing = [colour for colour in colours.dominant_hues if colour not in named]
    if colours.tone is Tone.COLOUR and missing:
        yield f"Name the dominant colour {missing[0]}."
    if layout.background is Background.PLAIN and "background" not in topics:
        yield "Mention the plain background."
    if layout.light is not Light.MEDIUM and "light" not in topics:
        yield f"Say that the picture is {layout.light}."
    if layout.arrangement in PLACES and "place" not in topics:
        yield f"Add that {PLACES[layout.arrangement]}."


def _topics(scores: Scores) -> set[str]:
    return {claim.topic for claim in scores.claims}
