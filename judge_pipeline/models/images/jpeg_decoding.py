"""Decodes a JPEG once, and notices what libjpeg only warns of: a picture that ends early or is damaged.

Pillow hides these warnings, and shows the rest of such a picture in grey. simplejpeg decodes with the same library.
"""

import re
from io import BytesIO
from typing import TYPE_CHECKING

import simplejpeg
from PIL import Image, ImageChops

from judge_pipeline.models.images.jpeg import END, MOST_SCANS, MOST_SEGMENTS, JpegFile
from judge_pipeline.models.images.treatments import NO_END, Treatment
from judge_pipeline.models.images.unreadable import UnreadableImage

if TYPE_CHECKING:
    import numpy as np

    Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]

RECODED = Treatment("arithmetic", "arithmetic coding, which few programs read, was replaced", changes_pixels=False)
TIDIED = Treatment("tidied", "bytes that do not belong to the picture were removed", changes_pixels=False)

ENDS_EARLY = re.compile(r"premature end|inconsistent progression", re.IGNORECASE)
HARMLESS = re.compile(r"extraneous bytes before marker|JFIF revision|Adobe color transform", re.IGNORECASE)
NEEDS_PILLOW = re.compile(r"subsampling|colorspace", re.IGNORECASE)
STRAY_AT_END = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
MOST_STRAY_BYTES = 512
"""Some cameras write up to a sector of them before the end marker; more are the rest of a picture with a hole."""

COLOURSPACES = {"L": "GRAY", "RGB": "RGBX", "CMYK": "CMYK"}
"""By Pillow's mode; it stores RGB with a fourth byte."""

ONE_ROW_OF_BLOCKS = 32
"""Pixels, at most."""

OTHER_END = b"\xa5" * 64 + END
"""Changes only a picture whose data end early."""


def check_coding(jpeg: JpegFile) -> None:
    """Refuses what the markers alone show to be unreadable, before a decoder is tried on it.

    Raises:
        UnreadableImage: the coding is not read, which it names, or no pixels follow the headers.
    """
    if name := jpeg.unread_coding:
        raise UnreadableImage(f"{name} is not read; save the image as an ordinary JPEG or as PNG")
    if not jpeg.has_end and (jpeg.lacks_scans or len(jpeg.segments) == MOST_SEGMENTS):
        raise _ends_early()
    if len(jpeg.scans) > MOST_SCANS:
        raise UnreadableImage(f"the file is damaged: JPEG of {len(jpeg.scans)} scans, at most {MOST_SCANS} are read")


def decode_jpeg(
    jpeg: JpegFile, picture: Image.Image, treatments: list[Treatment], *, target: tuple[int, int]
) -> Image.Image:
    """The pixels of an opened `picture`, at least as large as `target`, in its mode and with its profile.

    Raises:
        UnreadableImage: part of the picture is missing, or it is damaged.
    """
    if jpeg.lacks_scans:
        raise _ends_early()
    data = jpeg.with_end()
    pixels = _decoded(data, picture.mode, target)
    if isinstance(pixels, str) and HARMLESS.search(pixels):
        treatments.append(TIDIED)
        data = jpeg.tidied()
        pixels = _decoded(data, picture.mode, target)
        stray = STRAY_AT_END.search(pixels) if isinstance(pixels, str) else None
        if stray and int(stray[1]) <= MOST_STRAY_BYTES:
            pixels = _decoded(data, picture.mode, target, is_strict=False)
    if not jpeg.has_end:
        treatments.append(NO_END)
    if isinstance(pixels, str):
        if ENDS_EARLY.search(pixels):
            raise _ends_early()
        if not NEEDS_PILLOW.search(pixels):
            raise UnreadableImage("the file is damaged: JPEG")
    if jpeg.is_arithmetic:
        treatments.append(RECODED)
        if not isinstance(pixels, str) and _depends_on_what_follows(jpeg, pixels, picture, target):
            raise _ends_early()
    if isinstance(pixels, str) or picture.mode == "CMYK":  # TurboJPEG refuses some samplings and leaves CMYK inverted
        whole = _loaded(data, target)
        if isinstance(pixels, str):
            other = _loaded(jpeg.body.rstrip(b"\0") + OTHER_END, target)
            above = (0, 0, whole.width, max(0, whole.height - ONE_ROW_OF_BLOCKS))
            if not jpeg.has_end or ImageChops.difference(whole.crop(above), other.crop(above)).getbbox():
                raise _ends_early()
        return whole
    height, width, _ = pixels.shape
    raw_mode = "RGBX" if picture.mode == "RGB" else "L"
    decoded = Image.frombytes(picture.mode, (width, height), pixels, "raw", raw_mode)
    decoded.info = picture.info
    return decoded


def _decoded(data: bytes, mode: str, target: tuple[int, int], *, is_strict: bool = True) -> "Pixels | str":
    """The pixels, scaled down to no less than `target`; or libjpeg's first warning, or error."""
    width, height = target
    try:
        return simplejpeg.decode_jpeg(  # type: ignore[no-any-return]
            data, colorspace=COLOURSPACES[mode], min_width=width, min_height=height, strict=is_strict
        )
    except ValueError as error:
        return str(error)


def _loaded(data: bytes, target: tuple[int, int]) -> Image.Image:
    """What Pillow decodes, scaled down to no less than `target`."""
    picture = Image.open(BytesIO(data), formats=["JPEG"])
    picture.draft(None, target)
    picture.load()
    return picture


def _depends_on_what_follows(jpeg: JpegFile, pixels: "Pixels", picture: Image.Image, target: tuple[int, int]) -> bool:
    """Whether rows above the last blocks change with the bytes after the end of an arithmetically coded picture.

    Its decoder continues with zeros, without a warning.
    """
    other = _decoded(jpeg.body.rstrip(b"\0") + OTHER_END, picture.mode, target, is_strict=False)
    above = pixels.shape[0] - ONE_ROW_OF_BLOCKS
    return above > 0 and not isinstance(other, str) and bool((other[:above] != pixels[:above]).any())


def _ends_early() -> UnreadableImage:
    return UnreadableImage("the file ends early: truncated JPEG")
