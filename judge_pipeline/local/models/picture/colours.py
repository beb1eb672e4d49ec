"""Measures the colours of a picture: black-and-white, sepia or colour, and the names of the dominant colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SAMPLE_SIDE = 96
GREY_CHROMA = 4.0
"""Below this, even the most colourful 1% of the pixels is grey: 0.0 on the greyscale samples, 8 on galaxies."""
TINT_RESIDUAL = 2.5
"""Deviation of the colours from a single tint, in Lab units: 0.8-1.9 on toned prints, 3.4 and more on colour photographs."""
DOMINANT_SHARE = 0.15
NEUTRAL_CHROMA, BROWN_CHROMA = 12.0, 44.0
NEUTRALS = ("black", "grey", "white")
COLOURS = (*NEUTRALS, "red", "orange", "brown", "beige", "yellow", "green", "turquoise", "blue", "purple", "pink")

SRGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
D65_WHITE = np.array([0.95047, 1.0, 1.08883])
"""The sRGB primaries and white point of IEC 61966-2-1."""


class Tone(StrEnum):
    """Whether a picture has colours."""

    GREYSCALE = "black-and-white"
    SEPIA = "sepia-toned"
    COLOUR = "colour"


@dataclass(frozen=True)
class Colours:
    """The tone, and the share of the picture that each named colour covers."""

    tone: Tone
    shares: Mapping[str, float]

    @property
    def dominant(self) -> tuple[str, ...]:
        """Up to three colours that cover much of the picture, largest first."""
        names = [name for name, share in self.shares.items() if share >= DOMINANT_SHARE]
        return tuple(sorted(names, key=lambda name: (-self.shares[name], name))[:3])

    @property
    def dominant_hues(self) -> tuple[str, ...]:
        """The dominant colours without black, grey and white."""
        return tuple(name for name in self.dominant if name not in NEUTRALS)


def measure_colours(picture: Image.Image) -> Colours:
    """Measure the colours of an RGB picture on a reduced copy."""
    scale = SAMPLE_SIDE / max(SAMPLE_SIDE, *picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    sample = picture.resize(size, Image.Resampling.BOX)
    lab = to_lab(np.asarray(sample, np.float64).reshape(-1, 3))
    counts = np.bincount(name_colours(lab), minlength=len(COLOURS))
    shares = {name: float(count / len(lab)) for name, count in zip(COLOURS, counts, strict=True) if count}
    return Colours(_tone(lab), shares)


def to_lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert sRGB values 0..255, shape (n, 3), to CIE L*a*b* under D65."""
    values = rgb / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    ratio = linear @ SRGB_TO_XYZ.T / D65_WHITE
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    lightness = 116 * root[:, 1] - 16
    return np.stack([lightness, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


def name_colours(lab: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index each colour into `COLOURS` by lightness, chroma and hue angle; the boundaries were set by eye."""
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    is_dull, is_warm = chroma < NEUTRAL_CHROMA, (hue >= 25) & (hue < 100)
    is_pinkish, is_deep = (hue >= 335) | (hue < 20), (lightness < 50) & (chroma > 35)
    rules = [
        ("black", lightness < 16),
        ("white", is_dull & (lightness > 84)),
        ("grey", is_dull),
        ("beige", is_warm & (lightness > 58) & (chroma < 36)),
        ("brown", is_warm & (hue >= 30) & (lightness < 50) & (chroma < BROWN_CHROMA)),
        ("red", is_pinkish & is_deep),
        ("pink", is_pinkish),
        ("red", (hue < 42) | ((hue < 50) & (lightness < 45))),
        ("orange", hue < 78),
        ("yellow", hue < 105),
        ("green", hue < 170),
        ("turquoise", hue < 215),
        ("blue", hue < 300),
    ]
    names: NDArray[np.int64] = np.select(
        [condition for _, condition in rules],
        [COLOURS.index(name) for name, _ in rules],
        default=COLOURS.index("purple"),
    )
    return names


def _tone(lab: NDArray[np.float64]) -> Tone:
    lightness, tint = lab[:, 0], lab[:, 1:]
    if np.percentile(np.hypot(tint[:, 0], tint[:, 1]), 99) < GREY_CHROMA:
        return Tone.GREYSCALE
    # A toned print has one tint for each lightness; colours of a scene do not follow from lightness.
    powers = np.stack([np.ones_like(lightness), lightness, lightness**2], axis=1)
    fitted = powers @ np.linalg.lstsq(powers, tint, rcond=None)[0]
    residual = float(np.sqrt(((tint - fitted) ** 2).sum(axis=1).mean()))
    is_warm = tint[:, 1].mean() > 0
    if residual >= TINT_RESIDUAL:
        return Tone.COLOUR
    return Tone.SEPIA if is_warm else Tone.GREYSCALE
