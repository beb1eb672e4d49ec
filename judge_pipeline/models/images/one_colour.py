"""Whether a picture shows anything: one of a single colour, or almost black or white, is a reason to look at its file."""

from PIL import Image, ImageStat

from judge_pipeline.models.images.treatments import Treatment, warning

SAMPLES = (32, 32)
REDUCED_FROM, REDUCTION = 64, 4
"""Pictures of this side or more are averaged in squares, so that the noise of a scanner or of a JPEG does not count."""

NOISE = 12
"""Standard deviation of a channel before averaging: more of it is a pattern, such as lines or squares of one pixel."""

SPREAD = 4
DARK, LIGHT = 24, 240
"""Of 255."""


def emptiness(picture: Image.Image) -> list[Treatment]:
    """What to say of a picture (RGB or L) that shows nothing, or almost nothing; empty for all others."""
    if _is_visible(_extrema(picture.resize(SAMPLES, Image.Resampling.NEAREST))):
        return []
    if max(ImageStat.Stat(picture).stddev) > NOISE:
        return []
    reduced = picture.reduce(REDUCTION) if min(picture.size) >= REDUCED_FROM else picture
    ranges = _extrema(reduced)
    if all(high - low <= SPREAD for low, high in ranges):
        return [
            warning("one-colour", f"the picture is one colour, {_name([(low + high) // 2 for low, high in ranges])}")
        ]
    darkest, lightest = min(low for low, _ in ranges), max(high for _, high in ranges)
    if lightest <= DARK:
        return [warning("almost-black", f"the picture is almost black: its lightest value is {lightest} of 255")]
    if darkest >= LIGHT:
        return [warning("almost-white", f"the picture is almost white: its darkest value is {darkest} of 255")]
    return []


def _is_visible(ranges: list[tuple[int, int]]) -> bool:
    has_contrast = any(high - low > SPREAD for low, high in ranges)
    return has_contrast and max(high for _, high in ranges) > DARK and min(low for low, _ in ranges) < LIGHT


def _extrema(picture: Image.Image) -> list[tuple[int, int]]:
    return [channel.getextrema() for channel in picture.split()]  # type: ignore[misc]


def _name(levels: list[int]) -> str:
    if max(levels) <= SPREAD:
        return "black"
    if min(levels) >= 255 - SPREAD:
        return "white"
    red, green, blue = levels * 3 if len(levels) == 1 else levels
    return f"#{red:02x}{green:02x}{blue:02x}"
