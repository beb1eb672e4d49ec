"""Whether an answer is a refusal, by the words in words.tsv."""

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from importlib import resources

LONGEST_REFUSAL = 600
"""Characters; a longer text with such a start is an answer with a caveat."""

_UNQUOTED = r"[^\"\u201c\u201d\u00ab\u00bb\u300c\u300d]"
"""A caption may quote a refusal."""

_BREAK = r"(?:[\s,.!:;\uff0c\u3002\u3001]|(?<=[\u3040-\u9fff]))"
"""Where the words after an opening may begin; Chinese and Japanese have no spaces."""

_SIMPLER = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'", "*": None, "_": None, "`": None, "\u00a0": " "})


def declines(text: str) -> bool:
    """Whether an answer is a refusal, or says that there is no image."""
    if len(text) > LONGEST_REFUSAL:
        return False
    plain = _plain(text)
    return any(refusal.match(plain) for refusal in _patterns()[0])


def caveat_in(text: str) -> str:
    """Where an answer speaks of what the model cannot do; empty if it does not."""
    plain = _plain(text)
    match = _patterns()[1].search(plain)
    return plain[match.start() :].strip(".!? \n") if match else ""


def _plain(text: str) -> str:
    """Composed, with one kind of apostrophe, without emphasis and, unless it is a quote, what stands before the first letter."""
    composed = unicodedata.normalize("NFC", text).translate(_SIMPLER)
    start = next((index for index, character in enumerate(composed) if character.isalnum()), 0)
    return composed if set(composed[:start]) & set('"\u201c\u00ab\u300c') else composed[start:]


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    """All refusals from their start, and a sentence of what the model cannot do."""
    words = _words()
    opening = rf"(?:{'|'.join(words['opening'])})"
    apology = rf"(?:{'|'.join(words['apology'])})"
    polite = rf"(?:{'|'.join([*words['apology'], *words['polite']])})"
    negation = rf"(?:{'|'.join(words['negation'])})"
    cannot = rf"{words['cannot'][0]}{_UNQUOTED}{{0,60}}?{words['deed'][0]}"
    english = (
        rf"(?:{opening}{_UNQUOTED}{{0,160}}?)?(?:{cannot}|\bi(?:'m| am| must| will| have to| going to|'ll)(?: \w+){{0,4}}? decline\b)",
        rf"(?:{opening}(?:{_UNQUOTED}{{0,160}}?[\s,])?)?(?:{'|'.join(words['no image'])})",
    )
    others = (
        rf"{apology}.{{0,100}}?{negation}",
        rf"(?:{polite}{_UNQUOTED}{{0,100}}?{_BREAK})?(?:{'|'.join([*words['first person'], *words['no picture']])})",
    )
    refusals = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (*english, *others))
    return refusals, re.compile(rf"(?:\A|[.!?]\s+|\n\s*)(?:{cannot}|as an ai\b)", re.IGNORECASE)


def _words() -> dict[str, list[str]]:
    """The patterns by kind; a line is a kind, a language and a pattern, in which `%name%` stands for the line `let` of that name."""
    found: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for line in resources.files(__package__).joinpath("words.tsv").read_text(encoding="utf-8").splitlines():
        kind, language, pattern = line.split("\t")
        for name, meaning in names.items():
            pattern = pattern.replace(f"%{name}%", meaning)
        if kind == "let":
            names[language] = pattern
        else:
            found[kind].append(pattern)
    return found
