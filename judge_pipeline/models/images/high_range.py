"""Pictures of high dynamic range (ITU-R BT.2100) as Chromium draws them on a screen without it."""

import math
from collections.abc import Callable
from functools import lru_cache

from PIL import ImageFilter

from judge_pipeline.models.images.icc_profile import Point, columns_of, solved, srgb_curve

PQ, HLG = 16, 18
"""Transfer characteristics in ITU-T H.273."""

GREYS = {
    PQ: (0, 1, 5, 15, 30, 48, 70, 98, 132, 175, 213, 237, 255, 255, 255, 255, 255),
    HLG: (0, 3, 14, 29, 43, 57, 71, 85, 99, 115, 135, 160, 189, 212, 228, 243, 255),
}
"""The sRGB levels in which Chromium 156 draws greys at every sixteenth of the scale."""

LUMINANCE = (0.2627, 0.6780, 0.0593)
HLG_GAMMA = 1.2
GRID = 25
"""Colours between the points of the table are interpolated."""


@lru_cache(maxsize=4)
def table(
    transfer: int, white: Point, primaries: tuple[Point, ...], srgb_primaries: tuple[Point, ...]
) -> ImageFilter.Color3DLUT:
    """A filter to sRGB. The brightest channel is drawn as a grey of its brightness would be, the others in proportion."""
    to_xyz = list(zip(*columns_of(white, primaries), strict=True))
    srgb = [list(row) for row in zip(*columns_of(white, srgb_primaries), strict=True)]
    light = _pq_light if transfer == PQ else _hlg_light
    greys = GREYS[transfer]

    def converted(red: float, green: float, blue: float) -> tuple[float, float, float]:
        lights, brightest = light((red, green, blue))
        largest = max(lights)
        scale = _sampled(greys, brightest) / largest if largest else 0.0
        xyz = [sum(a * b * scale for a, b in zip(row, lights, strict=True)) for row in to_xyz]
        first, second, third = (_encoded(value) for value in solved(srgb, xyz))
        return first, second, third

    return ImageFilter.Color3DLUT.generate(GRID, converted)


Light = Callable[[tuple[float, float, float]], tuple[list[float], float]]
"""Linear light of the channels, and the encoded value of a grey as bright as the brightest."""


def _pq_light(encoded: tuple[float, float, float]) -> tuple[list[float], float]:
    def linear(value: float) -> float:
        powered = value ** (1 / 78.84375)
        return float((max(powered - 0.8359375, 0.0) / (18.8515625 - 18.6875 * powered)) ** (1 / 0.1593017578125))

    return [linear(value) for value in encoded], max(encoded)


def _hlg_light(encoded: tuple[float, float, float]) -> tuple[list[float], float]:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = [value * value / 3 if value <= 0.5 else (math.exp((value - c) / a) + b) / 12 for value in encoded]
    luminance = sum(share * value for share, value in zip(LUMINANCE, scene, strict=True))
    lights = [luminance ** (HLG_GAMMA - 1) * value for value in scene]
    grey = max(lights) ** (1 / HLG_GAMMA)
    return lights, (3 * grey) ** 0.5 if grey <= 1 / 12 else a * math.log(12 * grey - b) + c


def _sampled(levels: tuple[int, ...], value: float) -> float:
    """Linear light of a grey, from the levels of its neighbours."""
    place = min(value, 1.0) * (len(levels) - 1)
    below = min(int(place), len(levels) - 2)
    return srgb_curve((levels[below] + (place - below) * (levels[below + 1] - levels[below])) / 255)


def _encoded(linear: float) -> float:
    value = min(1.0, max(0.0, linear))
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
