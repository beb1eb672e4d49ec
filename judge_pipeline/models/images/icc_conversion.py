"""Pictures converted to sRGB by ICC profiles, with littleCMS."""

from functools import lru_cache
from io import BytesIO
from itertools import product

from PIL import Image, ImageChops, ImageCms

SPACES = {"L": ("GRAY", "RGB "), "I;16": ("GRAY",), "RGB": ("RGB ",), "CMYK": ("CMYK",)}
"""The colour spaces of profiles that suit a picture's mode; browsers apply a profile of RGB to grey as well."""

LEVELS = (0, 10, 24, 64, 128, 192, 255)
ALIKE = 2
"""Of 255. A profile that moves no colour of a grid further is sRGB under another name, and costs nothing."""

MOST_TAGS = 100
PERCEPTUAL, OTHER_TABLES = b"A2B0", {b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"}

REMEMBERED = 16
"""A project's images have few different profiles; of CMYK they have about a megabyte each."""


class UnfitProfile(ValueError):
    """A profile that is damaged, or does not fit the picture's channels; browsers ignore it."""


def in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture of mode L, I;16, RGB or CMYK in sRGB; the same object if the profile is sRGB already.

    Raises:
        UnfitProfile: it cannot be used for this picture.
    """
    mode, transform = _transform(profile, picture.mode)
    if transform is None:
        return picture
    return transform.apply(picture if picture.mode == mode else picture.convert(mode))


def profile_name(profile: bytes) -> str:
    """What the profile calls itself, such as "Display P3"."""
    try:
        return str(ImageCms.getProfileDescription(_opened(profile))).strip()[:60]
    except (ImageCms.PyCMSError, UnfitProfile):
        return ""


@lru_cache(maxsize=REMEMBERED)
def _transform(profile: bytes, mode: str) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    """The mode that the profile takes, and its transform; None if it is sRGB."""
    opened = _opened(profile)
    space = opened.profile.xcolor_space
    if space not in SPACES.get(mode, ()):
        raise UnfitProfile(f"a profile of {space.strip()} does not fit a picture of {mode}")
    mode = "RGB" if space == "RGB " else mode
    try:
        transform = _built(opened, mode)
        if mode != "CMYK" and _is_srgb(opened, mode):
            return mode, None
    except (ImageCms.PyCMSError, ValueError) as error:
        raise UnfitProfile("the profile is damaged") from error
    return mode, transform


def _is_srgb(profile: ImageCms.ImageCmsProfile, mode: str) -> bool:
    mode = "L" if mode == "I;16" else mode
    colours = bytes(range(256)) if mode == "L" else bytes(level for rgb in product(LEVELS, repeat=3) for level in rgb)
    grid = Image.frombytes(mode, (len(colours) // len(mode), 1), colours)
    difference = ImageChops.difference(_built(profile, mode).apply(grid), grid.convert("RGB"))
    return max(high for _, high in difference.getextrema()) <= ALIKE  # type: ignore[misc]


def _built(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(profile, _srgb(), mode, "RGB", renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)


def _opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    try:
        return ImageCms.ImageCmsProfile(BytesIO(_with_perceptual_table(profile)))
    except (OSError, ValueError, TypeError) as error:
        raise UnfitProfile("the profile is damaged") from error


def _with_perceptual_table(profile: bytes) -> bytes:
    """The profile with its table of perceptual intent alone, if it has one.

    Chromium takes that table, without compensation for the black point. littleCMS always compensates for the perceptual
    intent; asked for the colorimetric one, it does not, and falls back on this table.
    """
    count = min(int.from_bytes(profile[128:132], "big"), MOST_TAGS)
    entries = [(start, profile[start : start + 4]) for start in range(132, 132 + 12 * count, 12)]
    if all(name != PERCEPTUAL for _, name in entries):
        return profile
    changed = bytearray(profile)
    for start, name in entries:
        if name in OTHER_TABLES:
            changed[start : start + 4] = b"x" + name[1:]  # littleCMS refuses a profile with two tags of one name
    return bytes(changed)


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
