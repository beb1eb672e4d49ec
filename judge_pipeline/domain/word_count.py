"""The length of a text in words, also where words are not separated by spaces.

What stands between white space is one word, as in the seed notebook's limit, with two exceptions: scripts that are written without
spaces, and chains of words. docs/decisions/words-of-a-caption.md has the alternatives and their weight.
"""

import math
import re
import unicodedata

LETTERS_PER_WORD = {
    "CJK": 1.5,
    "HIRAGANA": 1.5,
    "KATAKANA": 1.5,
    "THAI": 3.0,
    "LAO": 3.0,
    "KHMER": 3.0,
    "MYANMAR": 3.0,
    "TIBETAN": 3.0,
    "JAVANESE": 3.0,
    "BALINESE": 3.0,
    "TAI": 3.0,
}
"""By the first word of a letter's Unicode name. ICU 78's dictionaries find 1.59 (Chinese), 1.51 (Japanese), 3.09 (Thai), 2.62 (Lao),
2.88 (Khmer) and 2.45 (Burmese) letters in a word of captions."""

LONGEST_COMPOUND = 4
"""Parts: "state-of-the-art" is one word, "a-cat-on-a-mat" is five."""

LONGEST_WORD = 45
"""Letters; a longer run counts as a word for each ten."""

_ADDRESS = re.compile(r"[\w+.-]+://[^\s()<>\[\]]{1,200}")
"""Of a page or file: one word, however many parts it has."""

_PART = re.compile(r"[^\W_]+(?:(?:['\u2019]|(?<=\d)[.,](?=\d))[^\W_]+)*|[\U0001f000-\U0001faff\u2600-\u27bf]")


def count_words(text: str) -> int:
    """The number of words in a text; 0 if it is white space."""
    return sum(_words_in(token) for token in text.split())


def _words_in(token: str) -> int:
    if token.isascii() and token.isalpha() and len(token) <= LONGEST_WORD:
        return 1
    spaceless = 0.0
    rest = []
    for character in _ADDRESS.sub("x", token).replace("\u00ad", ""):
        per_word = None if character.isascii() else _letters_per_word(character)
        rest.append(character if per_word is None else " ")
        spaceless += 0.0 if per_word is None else 1 / per_word
    parts = [part for run in "".join(rest).split() for part in _PART.findall(run)]
    chained = sum(1 if len(part) <= LONGEST_WORD else math.ceil(len(part) / 10) for part in parts)
    if spaceless:
        return math.ceil(spaceless - 1e-9) + chained
    return chained if len(parts) > LONGEST_COMPOUND or chained > len(parts) else 1


def _letters_per_word(character: str) -> float | None:
    """None for what is not a letter of a script without spaces; marks above and below letters count nothing."""
    if unicodedata.category(character) not in {"Lo", "Lm", "Nl"}:
        return None
    return LETTERS_PER_WORD.get(unicodedata.name(character, "").partition(" ")[0])
