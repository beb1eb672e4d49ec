"""The samples of a TIFF page as numbers (TIFF 6.0; predictor 3: Adobe's technical note 3), a few rows at a time.

Pillow's libtiff unpacks the strips and tiles; what their bytes mean is decided here, for every depth and layout.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

Samples = np.ndarray[Any, np.dtype[Any]]

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
"""SampleFormat."""

RAW, DEFLATE, OLD_DEFLATE, PACKBITS, WEBP = 1, 8, 32946, 32773, 50001
BY_LIBTIFF = frozenset({5, PACKBITS, 34925, 50000})
"""LZW, PackBits, LZMA and Zstandard: they pack bytes, whatever these mean."""

UNPACKED = frozenset({RAW, DEFLATE, OLD_DEFLATE, WEBP}) | BY_LIBTIFF

PIECE_BYTES = 2_000_000
"""Unpacked bytes whose samples are in memory at once."""

OTHER_BIT_ORDER = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class TruncatedSamples(ValueError):
    """A strip or tile has fewer bytes than its pixels need: truncated."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a page's samples are and how they are stored; `block_width` and `block_height` are those of a strip or tile."""

    width: int
    height: int
    samples: int
    bits: int
    sample_format: int
    is_planar: bool
    compression: int
    predictor: int
    fill_order: int
    is_big_endian: bool
    is_tiled: bool
    block_width: int
    block_height: int
    offsets: Sequence[int]
    byte_counts: Sequence[int]

    @property
    def unpacked_bytes(self) -> int:
        """Of all samples."""
        return self.height * self.row_bytes(self.width, self.samples)

    @property
    def block_bytes(self) -> int:
        """Unpacked, of one strip or tile."""
        return self.block_height * self.row_bytes(self.block_width, 1 if self.is_planar else self.samples)

    def row_bytes(self, width: int, samples: int) -> int:
        """Rows start on a byte."""
        return (width * samples * self.bits + 7) // 8


def samples_of(
    data: bytes, layout: Layout, bands: int, missing: float | None = None
) -> Iterator[tuple[int, int, Samples]]:
    """Column, row and samples (height x width x bands) of each part of the page; strips that were left out are `missing`.

    Raises:
        TruncatedSamples: the file ends early. Other exceptions: it is damaged.
    """
    across = -(-layout.width // layout.block_width)
    down = -(-layout.height // layout.block_height)
    for block in range(across * down):
        x, y = block % across * layout.block_width, block // across * layout.block_height
        wanted = min(layout.block_height, layout.height - y)
        rows = layout.block_height if layout.is_tiled else wanted
        planes = range(bands) if layout.is_planar else range(1)
        parts = [_rows(data, layout, plane * across * down + block, rows, missing) for plane in planes]
        for part in zip(*parts, strict=True):
            values = np.concatenate(part, axis=2)[:wanted, : layout.width - x, :bands]
            if values.size:
                yield x, y, values
            y += len(values)
            wanted -= len(values)


def subsampled_colours(data: bytes, layout: Layout, across: int, down: int) -> Iterator[tuple[int, Samples]]:
    """Row and Y, Cb and Cr of each strip of uncompressed YCbCr, where `across` x `down` pixels share their Cb and Cr.

    Raises:
        TruncatedSamples: the file ends early.
    """
    units = -(-layout.width // across)
    for strip, start in enumerate(layout.offsets):
        y = strip * layout.block_height
        rows = min(layout.block_height, layout.height - y)
        shape = -(-rows // down), units, across * down + 2
        stored: Samples = np.frombuffer(data[start : start + shape[0] * shape[1] * shape[2]], np.uint8)
        if stored.size < shape[0] * shape[1] * shape[2]:
            raise TruncatedSamples("truncated strip")
        stored = stored.reshape(shape)
        light: Samples = stored[..., :-2].reshape(shape[0], units, down, across).transpose(0, 2, 1, 3)
        light = light.reshape(shape[0] * down, units * across)
        tints = [stored[..., band].repeat(down, axis=0).repeat(across, axis=1) for band in (-2, -1)]
        yield y, np.stack([light, *tints], axis=2)[:rows, : layout.width]


def _rows(data: bytes, layout: Layout, block: int, rows: int, missing: float | None) -> Iterator[Samples]:
    samples = 1 if layout.is_planar else layout.samples
    row_bytes = layout.row_bytes(layout.block_width, samples)
    at_once = max(1, PIECE_BYTES // row_bytes)
    start = layout.offsets[block]
    count = layout.byte_counts[block] if block < len(layout.byte_counts) else len(data) - start
    if not start or not count:  # sparse, as GDAL writes areas without data
        for row in range(0, rows, at_once):
            shape = (min(at_once, rows - row), layout.block_width, samples)
            yield np.full(shape, 0 if missing is None else missing).astype(_type(layout))
        return
    packed = memoryview(data)[start : start + (row_bytes * rows if layout.compression == RAW else count)]
    if layout.compression != RAW and len(packed) < count:
        raise TruncatedSamples("truncated strip")
    if layout.fill_order == 2:
        packed = memoryview(bytes(packed).translate(OTHER_BIT_ORDER))
    for piece in _unpacked(packed, layout, row_bytes=row_bytes, rows=rows, at_once=at_once):
        bytes_of_rows = np.frombuffer(piece, np.uint8).reshape(-1, row_bytes)
        yield _numbers(bytes_of_rows, layout, samples).reshape(len(bytes_of_rows), layout.block_width, samples)


def _unpacked(
    packed: memoryview, layout: Layout, *, row_bytes: int, rows: int, at_once: int
) -> Iterator[memoryview | bytes]:
    """The bytes of `at_once` rows at a time."""
    sizes = [row_bytes * min(at_once, rows - row) for row in range(0, rows, at_once)]
    if layout.compression in {DEFLATE, OLD_DEFLATE}:
        stream = zlib.decompressobj()
        rest: bytes | memoryview = packed
        for size in sizes:
            piece = bytearray()
            while len(piece) < size:
                more = stream.decompress(rest, size - len(piece))
                rest = stream.unconsumed_tail
                if not more and (stream.eof or not rest):
                    raise TruncatedSamples("truncated strip")
                piece += more
            yield bytes(piece)
        return
    if layout.compression == WEBP:
        with Image.open(BytesIO(packed), formats=["WEBP"]) as picture:
            if picture.size != (layout.block_width, rows):
                raise ValueError("a WebP strip of another size")
            packed = memoryview(picture.convert("RGBA" if layout.samples == 4 else "RGB").tobytes())
    elif layout.compression != RAW:
        packed = memoryview(_unpacked_by_libtiff(bytes(packed), layout.compression, row_bytes, rows))
    start = 0
    for size in sizes:
        if len(packed) < start + size:
            raise TruncatedSamples("truncated strip")
        yield packed[start : start + size]
        start += size


def _unpacked_by_libtiff(packed: bytes, compression: int, row_bytes: int, rows: int) -> bytes:
    """Puts a strip into a TIFF of its own, as a grey picture of its bytes, and has Pillow decode that."""
    # width, height, bits, compression, BlackIsZero, start, samples, rows a strip, bytes
    tags = (256, row_bytes), (257, rows), (258, 8), (259, compression), (262, 1), (273, 126), (277, 1), (278, rows)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in (*tags, (279, len(packed))))
    head = b"II*\x00" + struct.pack("<IH", 8, len(tags) + 1) + entries + bytes(4)
    file = BytesIO(head.ljust(126, b"\0") + packed)
    with Image.open(file, formats=["TIFF"]) as picture:
        return picture.tobytes()


def _type(layout: Layout) -> np.dtype[Any]:
    """The native type that holds a sample."""
    kind = {SIGNED: "i", FLOAT: "f"}.get(layout.sample_format, "u")
    return np.dtype(f"{kind}{next(size for size in (1, 2, 4, 8) if size * 8 >= layout.bits)}")


def _numbers(rows: Samples, layout: Layout, samples: int) -> Samples:
    """The samples of rows of bytes, one after the other in each row."""
    if layout.predictor == 3:
        summed = np.cumsum(rows.reshape(len(rows), -1, samples), axis=1, dtype=np.uint8).reshape(len(rows), -1)
        size = layout.bits // 8  # the most significant bytes of all samples come first
        together = summed.reshape(len(rows), size, -1).transpose(0, 2, 1)
        return np.ascontiguousarray(together).view(f">f{size}")[..., 0].astype(_type(layout))
    values = _integers(rows, layout)[:, : layout.block_width * samples]
    if layout.predictor == 2:
        values = np.cumsum(values.reshape(len(rows), -1, samples), axis=1, dtype=values.dtype).reshape(len(rows), -1)
        if layout.bits < values.itemsize * 8:
            values &= values.dtype.type(2**layout.bits - 1)
    return values.view(_type(layout))


def _integers(rows: Samples, layout: Layout) -> Samples:
    """The samples' bits as native unsigned integers."""
    order = ">" if layout.is_big_endian else "<"
    size = _type(layout).itemsize
    if layout.bits == size * 8:
        return np.ascontiguousarray(rows).view(f"{order}u{size}").astype(f"u{size}")
    # Any other depth is a stream of bits, the most significant first, in either byte order.
    bits = np.unpackbits(rows, axis=1)
    bits = bits[:, : bits.shape[1] // layout.bits * layout.bits].reshape(len(rows), -1, layout.bits)
    padded = np.packbits(np.pad(bits, ((0, 0), (0, 0), (size * 8 - layout.bits, 0))), axis=2)
    return padded.view(f">u{size}")[..., 0].astype(f"u{size}")
