"""A false detail put into a caption without a model and in any language: it is taken from the caption of another image.

Nothing here knows colours, numbers or grammar. What another caption says is well formed in the captioner's own language and style,
and was true somewhere else.
"""

import re
import unicodedata

from judge_pipeline.domain.repetition import content

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(rf"\s*(?:[{_SPACELESS}]|[^\s{_SPACELESS}]+)")
_STOPS = ".!?\u2026\u0964\u0965\u06d4\u061f\u0589"
_WIDE_STOPS = "\u3002\uff01\uff1f"
_SENTENCE_END = re.compile(rf"(?<=[{_STOPS}])\s+|(?<=[{_WIDE_STOPS}])\s*|\s*\n\s*")

LEAST_TAIL = 2
"""Words at the end of a caption that are exchanged at least: a single one may be a synonym."""

LONGEST_TAIL = 2.0
"""How many times as long or as short as the words that it replaces a false ending may be, in characters."""


def sentences(text: str) -> list[str]:
    """The sentences of a text; never empty ones."""
    return [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence and sentence.strip()]


def joined(first: str, second: str) -> str:
    """Two texts as consecutive sentences; a full stop is added to the first if it lacks one."""
    first, second = first.strip(), second.strip()
    last = first[-1:]
    if last in _WIDE_STOPS:
        return first + second
    if last in _STOPS:
        return f"{first} {second}"
    is_wide = unicodedata.name(last, "").startswith(("CJK", "HIRAGANA", "KATAKANA"))
    return f"{first}\u3002{second}" if is_wide else f"{first}. {second}"


def with_false_detail(caption: str, other: str, *, said: str) -> str | None:
    """The caption with a detail from the caption of another image in the place of one of its own; None if none fits.

    `said` is all that is said of this image. Of several sentences the last is replaced by the other caption's sentence of the
    nearest length. A single sentence gets another ending: both captions are cut after a word that they share, as late as
    possible, so that the new ending follows the word that it followed before.
    """
    own = sentences(caption)
    if len(own) > 1:
        new = [sentence for sentence in sentences(other) if content(sentence) - content(said)]
        planted = min(new, key=lambda each: abs(len(each) - len(own[-1])), default=None)
        return None if planted is None else caption[: caption.rindex(own[-1])] + planted
    return _with_other_ending(caption.strip(), other.strip(), said=said)


def _with_other_ending(caption: str, other: str, *, said: str) -> str | None:
    body, stop = _without_stop(caption)
    own, theirs = _TOKEN.findall(body), _TOKEN.findall(_without_stop(other)[0])
    for at in range(len(own) - LEAST_TAIL - 1, -1, -1):
        tail = "".join(own[at + 1 :])
        endings = [
            "".join(theirs[there + 1 :])
            for there in range(len(theirs) - LEAST_TAIL)
            if _key(theirs[there]) and _key(theirs[there]) == _key(own[at])
        ]
        fitting = [ending for ending in endings if 1 / LONGEST_TAIL <= len(ending) / len(tail) <= LONGEST_TAIL]
        false = [ending for ending in fitting if content(ending) - content(said)]
        if false:
            return "".join(own[: at + 1]) + min(false, key=lambda ending: abs(len(ending) - len(tail))) + stop
    return None


def _without_stop(text: str) -> tuple[str, str]:
    """A text without the punctuation at its end, and that punctuation: a missing full stop must not give the falsified one away."""
    body = text.rstrip(_STOPS + _WIDE_STOPS)
    return body, text[len(body) :]


def _key(token: str) -> str:
    """The token's letters and digits; a word with a comma or full stop behind it ends something, so nothing can follow it."""
    word = token.strip()
    return word.casefold() if word[-1:].isalnum() or unicodedata.category(word[-1:] or " ").startswith("M") else ""
