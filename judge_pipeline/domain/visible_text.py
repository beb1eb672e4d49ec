"""Visible text: invisible characters written out, so that people and models read the same thing."""

import unicodedata

_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Controls, formats (zero-width, bidi, tag characters), private use, lone surrogates, line and paragraph separators."""

_INVISIBLE_LETTERS = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810)}
"""Fillers and joiners that Unicode classes as letters, marks or symbols but that show nothing."""

_VARIATION_SELECTORS = {*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0)}
"""All except U+FE0F, which ends common emoji."""

_BLANKS = frozenset(map(chr, _INVISIBLE_LETTERS | _VARIATION_SELECTORS))

_WHITE_SPACE = str.maketrans("", "", "\n\t")


def visible(text: str) -> str:
    r"""The text with every invisible character but newline and tab written as `\u200b` or `\U000e0041`.

    All line endings become newlines. The result can always be encoded as UTF-8.
    """
    if text.isprintable() and (
        text.isascii() or _BLANKS.isdisjoint(text)
    ):  # most texts: nothing printable is in a category above
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isascii() and lines.translate(_WHITE_SPACE).isprintable():
        return lines
    return "".join(_escaped(character) if is_invisible(character) else character for character in lines)


def visible_line(text: str) -> str:
    """The same on one line: runs of white space become one space, with none at the ends."""
    return visible(" ".join(text.split()))


def delimited(name: str, text: str, nonce: str) -> str:
    """The text as data in a question, between markers that it cannot imitate: it does not contain the nonce."""
    return f"[[{name} {nonce}]]\n{visible(text)}\n[[END {name} {nonce}]]"


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing; newline and tab count as visible."""
    if character in "\n\t":
        return False
    return character in _BLANKS or unicodedata.category(character) in _INVISIBLE_CATEGORIES


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
