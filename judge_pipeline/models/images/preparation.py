"""An image file prepared for a model: checked, upright, small and without metadata.

CPU-bound (tens of milliseconds an image): call it off the event loop.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

from judge_pipeline.domain.box import Box
from judge_pipeline.models.images.chroma import FINE_COLOUR, has_fine_colour
from judge_pipeline.models.images.colour import as_plain_colour
from judge_pipeline.models.images.colour_space import declared_profiles
from judge_pipeline.models.images.formats import READ, claimed_format, foreign_format
from judge_pipeline.models.images.jpeg import JpegFile
from judge_pipeline.models.images.jpeg_decoding import check_coding, decode_jpeg
from judge_pipeline.models.images.least_side import MIN_SIDE, at_least
from judge_pipeline.models.images.one_colour import emptiness
from judge_pipeline.models.images.opening import open_picture
from judge_pipeline.models.images.orientation import ignored_orientation, orientation_of, upright, upright_size
from judge_pipeline.models.images.png_chunks import with_end
from judge_pipeline.models.images.tiff.opening import open_tiff
from judge_pipeline.models.images.tiff.page import TiffPage
from judge_pipeline.models.images.treatments import Treatment, recipe_with
from judge_pipeline.models.images.unreadable import UnreadableImage

MAX_SIDE = 1024
"""Pixels: 765 tokens of a tile-counting model at 4:3, 922 of a patch-counting one."""

MAX_BYTES = 50_000_000
MAX_PIXELS = 80_000_000
"""Decoding takes up to 500 MB, 6 bytes a pixel, as measured for a progressive JPEG without subsampling. Just below the 89 million
at which Pillow starts to warn of decompression bombs."""

MAX_PIXELS_OF = {"WEBP": 32_000_000, "AVIF": 56_000_000, "HEIF": 64_000_000}
"""Their decoders take 15.4, 8.8 and 7.3 bytes a pixel, so that these take up to 500 MB too."""

MAX_ASPECT = 32
"""Longer side divided by the shorter; at 1024 pixels this leaves 32, one patch of a vision model."""

JPEG_QUALITY = 90
RECIPE = f"jpeg {MAX_SIDE} q{JPEG_QUALITY}"
"""What preparation does to the pixels of an ordinary image."""

PASS_THROUGH_BYTES = 1_000_000
"""A larger JPEG is encoded again even if it needs no change; 1024 x 1024 at quality 90 is rarely larger."""

INCOMPLETE_PROFILE = Treatment(
    "profile-ignored", "its colour profile was ignored: parts of it are missing or doubled", changes_pixels=False
)

THUMBNAIL_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """An image as models see it.

    `width` and `height` are the pixels of `data`; `source_width` and `source_height` those of the upright original.
    `sha256` is the hash of the original file, `source_format` Pillow's name of its format. `treatments` is empty for an
    ordinary image. `original_url` gives a URL of the original file that is valid for at least so many seconds.
    """

    data: bytes = field(repr=False)
    mime: str
    width: int
    height: int
    sha256: str
    source_width: int
    source_height: int
    source_format: str
    treatments: tuple[Treatment, ...] = ()
    original_url: Callable[[float], Awaitable[str]] | None = field(default=None, repr=False, compare=False)

    @property
    def recipe(self) -> str:
        """What preparation did to the pixels: part of a question's fingerprint, which otherwise contains only `sha256`."""
        return recipe_with(RECIPE, self.treatments)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The sentences of what a person should look at."""
        return tuple(each.sentence for each in self.treatments if each.is_warning)

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences of all other treatments."""
        return tuple(each.sentence for each in self.treatments if not each.is_warning)

    @property
    def data_uri(self) -> str:
        """The image as a data URI (RFC 2397)."""
        return _data_uri(self.data, self.mime)


NO_IMAGE = PreparedImage(b"", "", 0, 0, "", 0, 0, "")
"""In the place of an image with a question that is about none."""


def prepare_image(
    data: bytes, *, max_side: int = MAX_SIDE, min_side: int = MIN_SIDE, box: Box | None = None
) -> PreparedImage:
    """Converts a JPEG, PNG, WebP, AVIF, GIF (first frame), BMP or TIFF file to a JPEG of at most `max_side` pixels a side.

    Sides below `min_side` are enlarged, which never makes the other one longer than `max_side`. With a `box` the JPEG has only
    this part of the upright picture.

    A file that is already such a JPEG, upright and without metadata, is decoded to check it and then used unchanged.

    Raises:
        UnreadableImage: it is too large, too narrow, damaged, truncated, or of another format.
    """
    if not data:
        raise UnreadableImage("the file is empty")
    if len(data) > MAX_BYTES:
        raise UnreadableImage(f"the file has {len(data) / 1e6:.1f} MB, at most {MAX_BYTES / 1e6:g} MB are read")
    treatments: list[Treatment] = []
    source_format = _claimed_format(data)
    jpeg = JpegFile.parse(data) if source_format == "JPEG" else None
    readable = data
    if jpeg:
        check_coding(jpeg)
        if jpeg.has_broken_profile:
            treatments.append(INCOMPLETE_PROFILE)
            jpeg = jpeg.without_profile()
            readable = jpeg.data
    elif source_format == "PNG":
        readable = with_end(data, treatments)
    opened = _opened(readable, source_format, treatments)
    _check_size(*opened.size, source_format)
    with opened if isinstance(opened, Image.Image) else opened.picture(treatments) as picture:
        width, height = picture.size
        small, orientation = _decoded(picture, readable, jpeg, treatments, max_side=max_side, box=box)
        small = at_least(small, treatments, min_side=min(min_side, max_side), max_side=max_side)
        is_plain_jpeg = jpeg is not None and picture.mode in {"RGB", "L"} and orientation == 1
    is_small = max(width, height) <= max_side and len(data) <= PASS_THROUGH_BYTES
    is_as_stored = is_plain_jpeg and is_small and all(each.is_warning for each in treatments)
    is_as_stored = is_as_stored and jpeg is not None and jpeg.has_only_pixels
    if not is_as_stored and not (jpeg and jpeg.has_half_chroma) and has_fine_colour(small):
        treatments.append(FINE_COLOUR)
    width, height = upright_size((width, height), orientation)
    return PreparedImage(
        data=data if is_as_stored else _jpeg(small, quality=JPEG_QUALITY, is_fine=FINE_COLOUR in treatments),
        mime="image/jpeg",
        width=small.width,
        height=small.height,
        sha256=hashlib.sha256(data).hexdigest(),
        source_width=width,
        source_height=height,
        source_format=source_format,
        treatments=tuple(treatments),
    )


def small_data_uri(prepared: PreparedImage, side: int) -> str:
    """A JPEG of at most `side` pixels a side as a data URI."""
    with Image.open(BytesIO(prepared.data), formats=["JPEG"]) as picture:
        small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _data_uri(_jpeg(small, quality=80), "image/jpeg")


def thumbnail_data_uri(prepared: PreparedImage, side: int = 160) -> str:
    """A JPEG of at most `side` pixels a side as a data URI of fewer than 8000 characters; smaller or coarser if necessary."""
    shrink = min(1.0, side / max(prepared.width, prepared.height))
    with Image.open(BytesIO(prepared.data), formats=["JPEG"]) as picture:
        picture.draft(None, (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink))))
        thumbnail = picture.convert("RGB")
    while True:
        thumbnail.thumbnail((side, side), Image.Resampling.LANCZOS)
        for quality in (80, 65, 50, 35):
            uri = _data_uri(_jpeg(thumbnail, quality=quality), "image/jpeg")
            if len(uri) < THUMBNAIL_CHARACTERS:
                return uri
        side = side * 3 // 4


def _claimed_format(data: bytes) -> str:
    """The format that the file's first bytes claim."""
    claimed = claimed_format(data)
    if claimed is None:
        foreign = foreign_format(data)
        what = f": {foreign}" if foreign else f", expected one of {', '.join(READ)}"
        raise UnreadableImage(f"not an image that can be read{what}")
    return claimed


def _opened(data: bytes, source_format: str, treatments: list[Treatment]) -> Image.Image | TiffPage:
    try:
        if source_format == "TIFF":
            return open_tiff(data, treatments)
        return open_picture(data, source_format)
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableImage(
            f"the image has more pixels than the {MAX_PIXELS / 1e6:g} million that are read"
        ) from None
    except Exception as error:  # Pillow's parsers raise whatever a broken header makes them stumble over
        raise UnreadableImage(f"the file's beginning is damaged or cut off: {source_format}") from error


def _check_size(width: int, height: int, source_format: str) -> None:
    size = f"the image has {width} x {height} pixels"
    most = MAX_PIXELS_OF.get(source_format, MAX_PIXELS)
    if width * height > most:
        of = f" of {source_format}; save it as JPEG or PNG, or make it smaller" if most < MAX_PIXELS else ""
        raise UnreadableImage(f"{size}, at most {most / 1e6:g} million are read{of}")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise UnreadableImage(f"{size}, one side is more than {MAX_ASPECT} times the other")


def _decoded(
    picture: Image.Image,
    data: bytes,
    jpeg: JpegFile | None,
    treatments: list[Treatment],
    *,
    max_side: int,
    box: Box | None,
) -> tuple[Image.Image, int]:
    """The first frame, upright, in plain colour and at most `max_side` pixels a side, and its original orientation."""
    try:
        orientation, declared = orientation_of(picture), declared_profiles(picture, data)
        shrink = min(1.0, max_side / _longest_side(picture, orientation, box))
        target = (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
        if picture.format != "TIFF":  # whose page is chosen already
            picture.seek(1 if getattr(picture, "default_image", False) else 0)
        if jpeg:
            loaded = decode_jpeg(jpeg, picture, treatments, target=target)
        else:
            picture.load()
            loaded = picture
        plain = as_plain_colour(loaded, data, treatments, size=target, declared=declared)
    except UnreadableImage:
        raise
    except Exception as error:  # decoders raise whatever damaged data makes them stumble over
        reason = "ends early: truncated" if "truncated" in str(error) else "is damaged:"
        raise UnreadableImage(f"the file {reason} {'JPEG' if jpeg else picture.format}") from error
    treatments += ignored_orientation(picture, orientation)
    if box is None:
        treatments += emptiness(plain)
        return upright(plain, orientation), orientation
    part = upright(plain, orientation).crop(box.in_pixels(*upright_size(plain.size, orientation)))
    part = part.crop((0, 0, min(part.width, max_side), min(part.height, max_side)))  # rounding may add a pixel
    left, top, right, bottom = box.in_pixels(*upright_size(picture.size, orientation))
    where = f"{right - left} x {bottom - top} pixels at {left}, {top}"
    treatments += [Treatment(f"part {left} {top} {right} {bottom}", f"only a part is shown: {where}"), *emptiness(part)]
    return part, orientation


def _longest_side(picture: Image.Image, orientation: int, box: Box | None) -> int:
    size = upright_size(picture.size, orientation)
    left, top, right, bottom = box.in_pixels(*size) if box else (0, 0, *size)
    return max(right - left, bottom - top)


def _jpeg(picture: Image.Image, *, quality: int, is_fine: bool = False) -> bytes:
    picture.info.clear()  # otherwise Pillow writes the comment it read
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality, **({"subsampling": "4:4:4"} if is_fine else {}))
    return file.getvalue()


def _data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
