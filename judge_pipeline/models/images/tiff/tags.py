"""The tags of the pages of a TIFF or BigTIFF file (TIFF 6.0, section 2), in either byte order."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

TYPES = {
    1: "B",
    2: "B",
    3: "H",
    4: "I",
    6: "b",
    7: "B",
    8: "h",
    9: "i",
    11: "f",
    12: "d",
    13: "I",
    16: "Q",
    17: "q",
    18: "Q",
}
"""Without fractions, which no tag that matters here has."""

MOST_TAGS = 4096
MOST_PAGES = 100
MOST_VALUES = 500_000
"""Of a tag; 80 million pixels in the smallest tiles are 312,500."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of one page; values are read when they are asked for."""

    data: bytes
    order: str
    is_big: bool
    entries: dict[int, tuple[int, int, int]]
    """By tag: type, number of values, where they begin."""

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def all(self, tag: int, *default: int) -> tuple[int, ...]:
        """The values of a tag.

        Raises:
            ValueError, struct.error: it has too many, or the file ends before them.
        """
        if tag not in self.entries:
            return default
        kind, count, start = self.entries[tag]
        if count > MOST_VALUES:
            raise ValueError(f"tag {tag} has {count} values")
        return struct.unpack_from(f"{self.order}{count}{TYPES[kind]}", self.data, start)

    def first(self, tag: int, default: int | None = None) -> int:
        """The first value of a tag.

        Raises:
            KeyError: there is none.
        """
        values = self.all(tag)
        if values:
            return values[0]
        if default is None:
            raise KeyError(tag)
        return default

    def content(self, tag: int) -> bytes | None:
        """The bytes of a text or of binary data."""
        if tag not in self.entries:
            return None
        _, count, start = self.entries[tag]
        return self.data[start : start + count]


def tags_of_pages(data: bytes) -> Iterator[Tags]:
    """The tags of each page, of the first hundred at most.

    Raises:
        struct.error: the file ends early.
    """
    order = "<" if data[:2] == b"II" else ">"
    is_big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    number, entry, word = ("Q", "HHQ", "Q") if is_big else ("H", "HHI", "I")
    number_bytes, word_bytes = struct.calcsize(f"={number}"), struct.calcsize(f"={word}")
    place = struct.unpack_from(order + word, data, 8 if is_big else 4)[0]
    seen: set[int] = set()
    while place and place not in seen and len(seen) < MOST_PAGES:
        seen.add(place)
        count = struct.unpack_from(order + number, data, place)[0]
        place += number_bytes
        entries = {}
        for _ in range(min(count, MOST_TAGS)):
            tag, kind, values = struct.unpack_from(order + entry, data, place)
            inside = place + struct.calcsize(f"={entry}")
            place = inside + word_bytes
            if kind in TYPES:
                fits = values * struct.calcsize(f"={TYPES[kind]}") <= word_bytes
                entries[tag] = (kind, values, inside if fits else struct.unpack_from(order + word, data, inside)[0])
        yield Tags(data, order, is_big, entries)
        place = struct.unpack_from(order + word, data, place)[0]
