"""Measurements of drawn pictures, where the truth is known."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from judge_pipeline.local.models.picture.colours import Tone, measure_colours, to_lab
from judge_pipeline.local.models.picture.layout import Arrangement, Background, Light, Orientation, measure_layout
from judge_pipeline_tests.local.models.asking import NAMES, photograph

PAINTS = {
    "black": (5, 5, 5),
    "white": (250, 250, 250),
    "grey": (128, 128, 128),
    "red": (200, 20, 20),
    "orange": (255, 140, 0),
    "yellow": (250, 230, 30),
    "green": (30, 150, 50),
    "turquoise": (40, 190, 190),
    "blue": (30, 60, 200),
    "purple": (130, 40, 170),
    "pink": (255, 150, 190),
    "brown": (110, 70, 35),
    "beige": (220, 200, 165),
}


@pytest.mark.parametrize("name", PAINTS)
def test_a_painted_area_is_named_by_its_colour(name: str) -> None:
    assert measure_colours(Image.new("RGB", (64, 64), PAINTS[name])).dominant == (name,)


def test_lab_agrees_with_published_values() -> None:
    """sRGB red, green, blue, white and black under D65, as tabulated by Bruce Lindbloom's calculator."""
    rgb = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]], float)
    expected = [(53.24, 80.09, 67.20), (87.73, -86.18, 83.18), (32.30, 79.19, -107.86), (100, 0, 0), (0, 0, 0)]
    assert to_lab(rgb) == pytest.approx(np.array(expected), abs=0.05)


def test_colours_are_listed_by_share() -> None:
    picture = Image.new("RGB", (100, 100), PAINTS["blue"])
    picture.paste(PAINTS["white"], (0, 0, 100, 40))
    colours = measure_colours(picture)
    assert colours.dominant == ("blue", "white")
    assert colours.dominant_hues == ("blue",)
    assert colours.shares["white"] == pytest.approx(0.4, abs=0.02)


GREYSCALE = {"photographer", "coins", "bricks", "grass", "gravel", "clock_blurred"}
IN_COLOUR = {"coffee", "cat", "astronaut", "rocket", "galaxies", "retina", "officer", "raccoon"}


@pytest.mark.parametrize("name", NAMES)
def test_the_tone_of_every_photograph_is_right(name: str) -> None:
    expected = Tone.GREYSCALE if name in GREYSCALE else Tone.COLOUR if name in IN_COLOUR else Tone.SEPIA
    assert measure_colours(photograph(name)).tone is expected


def square_at(x: int, y: int) -> Image.Image:
    picture = Image.new("RGB", (300, 300), (240, 240, 240))
    drawing = ImageDraw.Draw(picture)
    for offset in range(0, 60, 6):
        drawing.rectangle((x + offset, y, x + offset + 2, y + 60), fill=(20, 20, 20))
    return picture


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [
        (120, 120, Arrangement.CENTRE),
        (45, 120, Arrangement.LEFT),
        (195, 120, Arrangement.RIGHT),
        (120, 45, Arrangement.UPPER),
        (120, 195, Arrangement.LOWER),
    ],
)
def test_the_position_of_the_detail_is_found(x: int, y: int, place: Arrangement) -> None:
    layout = measure_layout(square_at(x, y))
    assert layout.arrangement is place
    assert layout.background is Background.PLAIN
    assert layout.background_light is Light.BRIGHT


def test_noise_is_an_even_texture_with_a_busy_background() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    layout = measure_layout(Image.fromarray(noise))
    assert layout.arrangement is Arrangement.EVEN
    assert layout.background is Background.BUSY


def test_blur_is_detected_at_any_size() -> None:
    sharp = photograph("photographer")
    blurred = sharp.filter(ImageFilter.GaussianBlur(12))
    assert not measure_layout(sharp).is_blurred
    assert measure_layout(blurred).is_blurred
    assert measure_layout(blurred.resize((200, 200))).is_blurred
    assert [name for name in NAMES if measure_layout(photograph(name)).is_blurred] == ["clock_blurred"]


@pytest.mark.parametrize(
    ("size", "orientation"),
    [
        ((300, 200), Orientation.LANDSCAPE),
        ((200, 300), Orientation.PORTRAIT),
        ((200, 200), Orientation.SQUARE),
        ((400, 200), Orientation.PANORAMIC),
    ],
)
def test_orientation_is_the_shape_of_the_frame(size: tuple[int, int], orientation: Orientation) -> None:
    layout = measure_layout(Image.new("RGB", size))
    assert layout.orientation is orientation
    assert layout.light is Light.DARK
