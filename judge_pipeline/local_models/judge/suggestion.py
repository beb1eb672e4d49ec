"""What would make a caption better, said from the measurements."""

from __future__ import annotations

from judge_pipeline.local_models.judge.evidence import Evidence
from judge_pipeline.local_models.judge.scoring import WORD_LIMIT, Scores
from judge_pipeline.local_models.picture.colours import Tone
from judge_pipeline.local_models.vocabulary.lexicon import tokens

UNSUPPORTED = 0.25
MOST_SUGGESTIONS = 2


def suggest_improvement(scores: Scores, evidence: Evidence) -> str:
    """One or two sentences: drop what is unsupported, name what is missing; the most useful first."""
    if not scores.caption.strip():
        return "Write a caption; this one is blank."
    found = [*_unsupported(scores), *_missing_subject(scores, evidence), *_missing_looks(scores, evidence)]
    words = len(tokens(scores.caption))
    if words > WORD_LIMIT:
        found.append(f"Shorten it to {WORD_LIMIT} words; it has {words}.")
    return " ".join(found[:MOST_SUGGESTIONS]) or "Nothing measured speaks against this caption; keep it."


def _unsupported(scores: Scores) -> list[str]:
    wrong = [claim.text for claim in scores.claims if claim.truth < UNSUPPORTED]
    if not wrong:
        return []
    quoted = ", ".join(f"'{text}'" for text in wrong[:3])
    return [f"Drop {quoted}: the measurements do not support it."]


def _missing_subject(scores: Scores, evidence: Evidence) -> list[str]:
    subject = evidence.recognition.certain
    if subject is None:
        return []
    named = [claim for claim in scores.claims if claim.thing and claim.truth > 0.5]
    if not named:
        return [f"Name the main subject: {subject.phrase}."]
    narrowest = min(len(claim.thing.classes) for claim in named if claim.thing)
    if len(subject.classes) < narrowest:
        return [f"Name the subject more closely: {subject.phrase}."]
    return []


def _missing_looks(scores: Scores, evidence: Evidence) -> list[str]:
    said = " ".join(claim.text for claim in scores.claims)
    named = {claim.colour for claim in scores.claims}
    tone = evidence.colours.tone
    suggestions = []
    if tone is not Tone.COLOUR and not any(
        part in said for part in ("black-and-white", "sepia", "monochrome", "scale")
    ):
        suggestions.append(f"Say that the photograph is {tone}.")
    missing = [colour for colour in evidence.colours.dominant_hues if colour not in named]
    if tone is Tone.COLOUR and missing:
        suggestions.append(f"Name the dominant colour {missing[0]}.")
    if evidence.layout.is_blurred and "blur" not in said:
        suggestions.append("Say that the picture is blurred.")
    if evidence.layout.is_background_plain and "background" not in said:
        suggestions.append("Mention the plain background.")
    return suggestions
