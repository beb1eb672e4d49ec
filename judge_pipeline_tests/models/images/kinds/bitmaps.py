"""BMP files whose pixels have unusual masks, which Chromium draws too."""

import struct
from pathlib import Path

import numpy as np
from PIL import Image

from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded, in_mode, scene

SPECIMEN = Path(__file__).parents[1] / "specimens" / "bits4444.bmp"
HEADER = {40: 66, 56: 70, 108: 122}
"""Where the pixels begin, by the bytes of the header; the masks stand behind a header of 40."""


def masked(bits: int, *masks: int, header: int = 108, is_downward: bool = False, is_empty: bool = False) -> bytes:
    """The scene with these masks of red, green, blue and alpha; it is transparent towards the left."""
    colours = np.asarray(scene())
    height, width = colours.shape[:2]
    alpha = np.asarray(Image.linear_gradient("L").rotate(90).resize((width, height)))
    layers = [*colours.transpose(2, 0, 1), np.zeros_like(alpha) if is_empty else alpha]
    pixels = np.zeros((height, width), np.uint64)
    for layer, mask in zip(layers, masks, strict=False):
        shift = (mask & -mask).bit_length() - 1 if mask else 0
        pixels |= np.round(layer.astype(float) * (mask >> shift) / 255).astype(np.uint64) << np.uint64(shift)
    stored = (pixels if is_downward else pixels[::-1]).astype(f"<u{bits // 8}").tobytes()
    start = HEADER[header]
    sizes = (header, width, -height if is_downward else height, 1, bits, 3, len(stored), 2835, 2835, 0, 0)
    fields = struct.pack("<IiiHHIIiiII", *sizes) + struct.pack("<4I", *(*masks, 0)[:4])
    head = b"BM" + struct.pack("<IHHI", start + len(stored), 0, 0, start) + fields
    return head[:start].ljust(start, b"\0") + stored


def with_palette_of(colours: int) -> bytes:
    """The scene with more colours in its palette than 8 bits can name."""
    data = encoded(in_mode(scene(), "P"), "BMP")
    start = struct.unpack_from("<I", data, 10)[0]
    more = bytes(4 * (colours - 256))
    counted = data[:10] + struct.pack("<I", start + len(more)) + data[14:46] + struct.pack("<I", colours) + data[50:]
    return counted[:start] + more + counted[start:]


def bitmap(name: str, bits: int, *masks: int, header: int = 108, is_downward: bool = False) -> Kind:
    """A kind of BMP with these masks."""
    return Kind(f"BMP, {name}", lambda: masked(bits, *masks, header=header, is_downward=is_downward))


BITMAPS = (
    bitmap("4 bits a channel", 16, 0xF00, 0xF0, 0xF, header=40),
    bitmap("4 bits a channel, downward", 16, 0xF00, 0xF0, 0xF, is_downward=True),
    bitmap("4 bits a channel, alpha", 16, 0xF00, 0xF0, 0xF, 0xF000),
    bitmap("4 bits a channel, alpha, short header", 16, 0xF00, 0xF0, 0xF, 0xF000, header=56),
    Kind(
        "BMP, 4 bits a channel, wholly transparent",
        lambda: masked(16, 0xF00, 0xF0, 0xF, 0xF000, is_empty=True),
        warnings=("one colour",),
    ),
    bitmap("10 bits a channel", 32, 0x3FF00000, 0xFFC00, 0x3FF, header=40),
    bitmap("10 bits a channel, alpha", 32, 0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000),
    bitmap("11, 11 and 10 bits", 32, 0xFFE00000, 0x1FFC00, 0x3FF),
    bitmap("odd places", 32, 0x7F, 0xFF00, 0x7FC0000),
    bitmap("blue first, 5, 6 and 5 bits", 16, 0x1F, 0x7E0, 0xF800),
    bitmap("8 bits, red in the middle", 32, 0xFF00, 0xFF0000, 0xFF),
    Kind("BMP, palette of 300 colours", lambda: with_palette_of(300)),
    Kind("BMP, given: 4 bits a channel", SPECIMEN.read_bytes, notes=("enlarged",)),
    Kind(
        "BMP, cut",
        lambda: masked(16, 0xF00, 0xF0, 0xF)[:-500],
        refused="the file ends early: truncated BMP",
    ),
    Kind(
        "BMP, a PNG inside",
        lambda: (good := masked(16, 0xF00, 0xF0, 0xF))[:28] + struct.pack("<HI", 0, 5) + good[34:],
        refused="a kind of BMP (a PNG inside) that is not read",
    ),
)
