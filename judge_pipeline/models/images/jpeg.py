"""The segments of a JPEG file (ITU-T T.81 annex B): its kind, its scans, whether it is complete and has metadata."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Self

START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN = 0xD8, 0xD9, 0xDA
END = bytes((0xFF, END_OF_IMAGE))
COMMENT = 0xFE
MOST_SEGMENTS = 10_000
"""50 MB of the largest segments are 760; a file with more is an attack."""

MOST_SCANS = 200
"""Progressive files have about ten; each scan is a pass over all pixels."""

APPLICATION = range(0xE0, 0xF0)

MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""The start of a segment; FF 00 is a byte of the picture, FF 01 and FF D0-D7 occur inside it, FF FF is padding."""

HARMLESS_APPLICATION: dict[int, tuple[bytes, ...]] = {
    0xE0: (b"JFIF\x00",),
    0xE2: (b"ICC_PROFILE\x00",),
    0xEE: (b"Adobe",),
}
"""Segments that say how to show the pixels; all other application segments are metadata or embedded files."""

PROGRESSIVE = frozenset({0xC2, 0xCA})
ARITHMETIC = frozenset({0xC9, 0xCA})

UNREAD_CODINGS = {
    0xC3: "lossless JPEG",
    0xC5: "hierarchical JPEG",
    0xC6: "hierarchical JPEG",
    0xC7: "hierarchical JPEG",
    0xCB: "lossless JPEG",
    0xCD: "hierarchical JPEG",
    0xCE: "hierarchical JPEG",
    0xCF: "hierarchical JPEG",
    0xDE: "hierarchical JPEG",
    0xF7: "JPEG-LS",
}
"""By the marker of the frame. Browsers and most models' servers read none of them."""

FRAMES = frozenset({0xC0, 0xC1, *PROGRESSIVE, *ARITHMETIC, *UNREAD_CODINGS})


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker, and where its content begins and ends in the file."""

    marker: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JpegFile:
    """The segments of a file's first picture, up to the end-of-image marker if it has one."""

    data: bytes
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Reads the markers; a file with too many of them counts as one without an end."""
        return cls(data, tuple(islice(_segments(data), MOST_SEGMENTS)))

    @property
    def has_end(self) -> bool:
        """Whether there is an end-of-image marker."""
        return bool(self.segments) and self.segments[-1].marker == END_OF_IMAGE

    @property
    def has_only_pixels(self) -> bool:
        """Whether a complete file has no metadata: no EXIF, XMP, IPTC, comment or bytes after its end."""
        for segment in self.segments:
            content = self.data[segment.start : segment.end]
            if segment.marker == COMMENT:
                return False
            if segment.marker in APPLICATION and not content.startswith(HARMLESS_APPLICATION.get(segment.marker, ())):
                return False
        return self.has_end and self.segments[-1].end == len(self.data)

    @property
    def has_broken_profile(self) -> bool:
        """Whether the numbered parts of its ICC profile are not all there, once each."""
        parts = [self.data[each.start + 12 : each.start + 14] for each in self._profile]
        expected = [bytes((number, len(parts))) for number in range(1, len(parts) + 1)]
        return sorted(parts) != expected

    def without_profile(self) -> Self:
        """The same picture without an ICC profile."""
        parts, start = [], 0
        for segment in self._profile:
            parts.append(self.data[start : segment.start - 4])
            start = segment.end
        return self.parse(b"".join([*parts, self.data[start:]]))

    @property
    def _profile(self) -> list[Segment]:
        return [
            segment
            for segment in self.segments
            if segment.marker == 0xE2 and self.data.startswith(b"ICC_PROFILE\x00", segment.start)
        ]

    @property
    def is_arithmetic(self) -> bool:
        """Whether it is coded arithmetically, which libjpeg reads and little else does."""
        return any(segment.marker in ARITHMETIC for segment in self.segments)

    @property
    def has_half_chroma(self) -> bool:
        """Whether its colours have less resolution than its brightness already."""
        frame = self._frame
        samplings = self.data[frame.start + 7 : frame.end : 3] if frame else b""
        return len(samplings) > 1 and samplings[0] > samplings[1]

    @property
    def unread_coding(self) -> str | None:
        """The name of its coding, if that is not read."""
        frame = self._frame
        if frame is None:
            return None
        if name := UNREAD_CODINGS.get(frame.marker):
            return name
        bits = self.data[frame.start] if frame.start < len(self.data) else 8
        return None if bits == 8 else f"{bits}-bit JPEG"

    @property
    def scans(self) -> tuple[Segment, ...]:
        """The headers of the scans."""
        return tuple(segment for segment in self.segments if segment.marker == START_OF_SCAN)

    @property
    def lacks_scans(self) -> bool:
        """Whether a component of the picture, or bits of one, come in no scan: the file ends between two scans."""
        frame = self._frame
        if frame is None:
            return True
        content = self.data[frame.start : frame.end]
        components = content[6 : 6 + 3 * content[5] : 3] if len(content) > 5 else b""
        coefficients = range(64) if frame.marker in PROGRESSIVE else range(1)
        missing = {(component, each) for component in components for each in coefficients}
        for scan in self.scans:
            header = self.data[scan.start : scan.end]
            count = header[0] if header else 0
            if len(header) < 2 * count + 4:
                continue
            first, last, precision = header[2 * count + 1 : 2 * count + 4]
            if frame.marker not in PROGRESSIVE:
                first, last, precision = 0, 0, 0
            if precision & 0x0F == 0:
                named = header[1 : 2 * count + 1 : 2]
                missing -= {(component, each) for component in named for each in range(first, last + 1)}
        return bool(missing)

    @property
    def _frame(self) -> Segment | None:
        return next((segment for segment in self.segments if segment.marker in FRAMES), None)

    @property
    def body(self) -> bytes:
        """Everything before the end-of-image marker; without one, before the zeros that may pad an interrupted download."""
        return self.data[: self.segments[-1].end - 2] if self.has_end else self.data.rstrip(b"\0")

    def with_end(self) -> bytes:
        """The file with an end-of-image marker."""
        return self.data if self.has_end else self.body + END

    def tidied(self) -> bytes:
        """The same picture without bytes between its headers or zeros before its end, and with versions that libjpeg knows."""
        parts = [bytes((0xFF, START_OF_IMAGE))]
        for segment in self.segments:
            if segment.marker == START_OF_SCAN:
                return b"".join([*parts, self.body[segment.start - 4 :].rstrip(b"\0"), END])
            content = self.data[segment.start : segment.end]
            if segment.marker == 0xE0 and content.startswith(b"JFIF\0"):
                content = content[:5] + b"\1\1" + content[7:]
            if segment.marker == 0xEE and content.startswith(b"Adobe") and content[11:12] > b"\2":
                content = content[:11] + (b"\2" if self._component_count == 4 else b"\1")
            if segment.marker != START_OF_IMAGE:
                parts.append(bytes((0xFF, segment.marker)) + (len(content) + 2).to_bytes(2, "big") + content)
        return self.data

    @property
    def _component_count(self) -> int:
        frame = self._frame
        return self.data[frame.start + 5] if frame and frame.start + 5 < len(self.data) else 0


def _segments(data: bytes) -> Iterator[Segment]:
    """The segments up to the end-of-image marker or the end of the file."""
    position = 0
    while found := MARKER.search(data, position):
        position = found.end()
        marker = data[position - 1]
        if marker in {START_OF_IMAGE, END_OF_IMAGE}:
            yield Segment(marker, position, position)
            if marker == END_OF_IMAGE:
                return
            continue
        end = position + max(2, int.from_bytes(data[position : position + 2], "big"))
        yield Segment(marker, position + 2, end)
        position = end
