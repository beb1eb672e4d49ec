"""ICC profiles for specimens: of primaries and a curve, of a table for CMYK or RGB, and damaged ones."""

import struct
from functools import partial
from itertools import product

from PIL import Image, ImageCms

from judge_pipeline.models.images.colour_space import D65, PRIMARIES, SRGB_PRIMARIES, power
from judge_pipeline.models.images.icc_profile import grey_profile, matrix_profile, srgb_curve

P3 = matrix_profile(D65, PRIMARIES[12][2], srgb_curve)
ADOBE_RGB = matrix_profile(D65, ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), partial(power, 2.19921875))
PROPHOTO = matrix_profile((0.3457, 0.3585), ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), partial(power, 1.8))
LINEAR = matrix_profile(D65, SRGB_PRIMARIES, partial(power, 1.0))
EXCHANGED = matrix_profile(D65, SRGB_PRIMARIES[::-1], srgb_curve)
SRGB = matrix_profile(D65, SRGB_PRIMARIES, srgb_curve)
SRGB_OF_LITTLECMS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LINEAR_GREY = grey_profile(partial(power, 1.0))
DAMAGED = P3[:200]
NOT_A_PROFILE = b"hello" * 40

GRID = 5


def table_profile(space: bytes, *, version: int = 2) -> bytes:
    """A profile with a table from RGB or CMYK to Lab; its paper is a little yellow, its black not quite black."""
    channels = len(space.strip())
    steps = [round(255 * index / (GRID - 1)) for index in range(GRID)]
    weak = [round(step * 0.7) for step in steps]  # black ink is weaker than the three others together
    levels = [steps] * 3 + [weak] * (channels - 3)
    nodes = bytes(level for node in product(*levels) for level in node)
    grid = Image.frombytes(space.strip().decode(), (len(nodes) // channels, 1), nodes).convert("RGB")
    inks = grid.point(
        [round(25 + value * 0.9) for value in range(256)] * 2 + [round(30 + value * 0.8) for value in range(256)]
    )
    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(inks, transform)
    assert lab is not None
    entries = [_lab(*pixel, version=version) for pixel in zip(*(band.tobytes() for band in lab.split()), strict=True)]
    table = struct.pack(">4s4xBBBx9i2H", b"mft2", channels, 3, GRID, *(65_536 * (i % 4 == 0) for i in range(9)), 2, 2)
    table += struct.pack(">2H", 0, 65_535) * channels + b"".join(entries) + struct.pack(">2H", 0, 65_535) * 3
    white = struct.pack(">4s4x3i", b"XYZ ", 63_190, 65_536, 54_061)
    start = 132 + 12 * 4
    tags = struct.pack(">I4sII4sII", 4, b"wtpt", start, len(white), b"A2B0", start + len(white), len(table))
    # The tables of the other intents are something else, so that using them is noticed.
    tags += b"".join(struct.pack(">4sII", name, start, len(white)) for name in (b"A2B1", b"A2B2"))
    size = 128 + len(tags) + len(white) + len(table)
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i", size, version << 24, b"prtr", space, b"Lab ", b"acsp", 63_190, 65_536, 54_061
    )
    return header.ljust(128, b"\0") + tags + white + table


def _lab(lightness: int, a: int, b: int, *, version: int) -> bytes:
    """Lab of 8 bits in 16; version 2 has another white than version 4."""
    if version == 2:
        return struct.pack(">3H", lightness * 256, a * 256, b * 256)
    return struct.pack(">3H", lightness * 257, a * 257, b * 257)
