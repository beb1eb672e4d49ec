"""Decoding takes a bounded amount of memory, whatever the format."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from judge_pipeline.models.images.preparation import MAX_PIXELS_OF, prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline_tests.models.images.kinds.containers import chunk
from judge_pipeline_tests.models.images.pictures import encoded

LARGEST_PEAK_MB = 520
MEASURED = """
import resource, sys
from judge_pipeline.models.images.preparation import prepare_image
data = open(sys.argv[1], "rb").read()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
before = peak()
prepare_image(data)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "share"),
    [
        (lambda: encoded(Image.new("RGB", (3_200, 2_000)), "WEBP", method=0, quality=5), 0.2),
        (lambda: black_png(8_900, depth=8, colour_type=6), 1),
        (lambda: black_png(8_900, depth=16, colour_type=0), 1),
    ],
    ids=["WEBP", "PNG with transparency", "PNG of 16 bits"],
)
def test_the_largest_picture_of_a_format_takes_half_a_gigabyte(
    tmp_path: Path, make: Callable[[], bytes], share: float
) -> None:
    """The WebP has a fifth of the most pixels, because writing it takes long."""
    file = tmp_path / "large"
    file.write_bytes(make())
    measured = subprocess.run([sys.executable, "-c", MEASURED, str(file)], capture_output=True, text=True, check=True)
    assert float(measured.stdout) < LARGEST_PEAK_MB * share


def black_png(side: int, *, depth: int, colour_type: int) -> bytes:
    """A square PNG of zeros, made without its pixels: one compressed block is repeated."""
    samples = 4 if colour_type == 6 else 1
    rows = bytes((1 + side * samples * depth // 8) * 100)
    packer = zlib.compressobj(1, wbits=-15)
    block = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 1
    for _ in range(side // 100):
        checksum = zlib.adler32(rows, checksum)
    content = b"\x78\x01" + block * (side // 100) + b"\x03\x00" + checksum.to_bytes(4, "big")
    header = struct.pack(">IIBBBBB", side, side, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_more_pixels_than_the_decoder_has_memory_for_are_refused(kind: str) -> None:
    """The size is read from the header; the file is a small one with another size written into it."""
    data = encoded(Image.new("RGB", (64, 64)), kind)
    large = with_size(data, kind, 9_000)
    with pytest.raises(UnreadableImage, match=f"at most {MAX_PIXELS_OF[kind] // 10**6} million are read of {kind}"):
        prepare_image(large)


def with_size(data: bytes, kind: str, side: int) -> bytes:
    """The file with another width and height in its header."""
    if kind == "AVIF":
        place = data.index(b"ispe") + 8
        return data[:place] + side.to_bytes(4, "big") * 2 + data[place + 8 :]
    place = data.index(b"VP8 ") + 14
    return data[:place] + side.to_bytes(2, "little") * 2 + data[place + 4 :]
