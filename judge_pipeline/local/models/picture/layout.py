"""Measures light, sharpness, background, and where the detail of a picture is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WORKING_SIDE = 384
GRID = 5
BORDER = 8
"""The border is an eighth of the picture on each side."""

BLURRED_BELOW = 25.0
"""The 99th percentile of the Laplacian: 10 on the blurred clock, 54 and more on every other sample."""
EVEN_BELOW, EVEN_DETAIL = 0.14, 6.0
"""Variation of detail between cells: 0.03-0.12 on brick, grass, gravel and a sheet of frames, 0.20 and more elsewhere."""
ALL_OVER_BELOW = 0.26
FLAT_GRADIENT, PLAIN_FROM, BUSY_UP_TO = 4.0, 0.8, 0.45
"""Share of flat pixels along the border: 0.86-1.0 where the background is plain, 0.04-0.44 where it is busy."""
DARK_BELOW, BRIGHT_ABOVE = 85.0, 165.0


class Light(StrEnum):
    """The brightness of a picture or its background."""

    DARK = "dark"
    MEDIUM = "medium"
    BRIGHT = "bright"


class Background(StrEnum):
    """The border area of a picture."""

    PLAIN = "plain"
    MIXED = "mixed"
    BUSY = "busy"


class Arrangement(StrEnum):
    """Where the detail is."""

    EVEN = "even texture"
    ALL_OVER = "all over"
    CENTRE = "centre"
    LEFT = "left"
    RIGHT = "right"
    UPPER = "upper part"
    LOWER = "lower part"


class Orientation(StrEnum):
    """The shape of the frame."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    SQUARE = "square"
    PANORAMIC = "panoramic"


@dataclass(frozen=True)
class Layout:
    """What is measured on the grey values of a picture."""

    light: Light
    background: Background
    background_light: Light
    is_blurred: bool
    arrangement: Arrangement
    orientation: Orientation


def measure_layout(picture: Image.Image) -> Layout:
    """Measure an RGB picture on a grey copy whose longer side is `WORKING_SIDE` pixels."""
    scale = WORKING_SIDE / max(picture.size)
    size = max(32, round(picture.width * scale)), max(32, round(picture.height * scale))
    grey = np.asarray(picture.convert("L").resize(size, Image.Resampling.BICUBIC), np.float32)
    down, across = np.gradient(grey)
    detail = np.hypot(across, down)
    border = _border(grey.shape)
    return Layout(
        light=_light(float(grey.mean())),
        background=_background(float((detail[border] < FLAT_GRADIENT).mean())),
        background_light=_light(float(np.median(grey[border]))),
        is_blurred=float(np.percentile(np.abs(_laplacian(grey)), 99)) < BLURRED_BELOW,
        arrangement=_arrangement(detail),
        orientation=_orientation(picture.width / picture.height),
    )


def _laplacian(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    inner = grey[1:-1, 1:-1]
    return 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    height, width = shape
    mask = np.ones(shape, bool)
    mask[height // BORDER : height - height // BORDER, width // BORDER : width - width // BORDER] = False
    return mask


def _light(value: float) -> Light:
    if value < DARK_BELOW:
        return Light.DARK
    return Light.BRIGHT if value > BRIGHT_ABOVE else Light.MEDIUM


def _background(flat_share: float) -> Background:
    if flat_share >= PLAIN_FROM:
        return Background.PLAIN
    return Background.BUSY if flat_share <= BUSY_UP_TO else Background.MIXED


def _arrangement(detail: NDArray[np.float32]) -> Arrangement:
    total = float(detail.sum())
    if total == 0:
        return Arrangement.ALL_OVER
    rows = np.array_split(detail, GRID, axis=0)
    cells = np.array([[cell.mean() for cell in np.array_split(row, GRID, axis=1)] for row in rows])
    variation = float(cells.std() / cells.mean())
    if variation < EVEN_BELOW and cells.mean() > EVEN_DETAIL:
        return Arrangement.EVEN
    if variation < ALL_OVER_BELOW:
        return Arrangement.ALL_OVER
    height, width = detail.shape
    x = float((detail.sum(axis=0) * (np.arange(width) + 0.5)).sum() / total / width)
    y = float((detail.sum(axis=1) * (np.arange(height) + 0.5)).sum() / total / height)
    across, down = x - 0.5, y - 0.5
    if max(abs(across), abs(down)) < 0.06:
        return Arrangement.CENTRE
    if abs(across) > abs(down):
        return Arrangement.LEFT if across < 0 else Arrangement.RIGHT
    return Arrangement.UPPER if down < 0 else Arrangement.LOWER


def _orientation(ratio: float) -> Orientation:
    if ratio >= 1.9:
        return Orientation.PANORAMIC
    if ratio > 1.05:
        return Orientation.LANDSCAPE
    return Orientation.SQUARE if ratio >= 0.95 else Orientation.PORTRAIT
