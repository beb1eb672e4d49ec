"""Pictures turned upright, as browsers turn them."""

from collections.abc import Iterator

from PIL import Image
from PIL.ExifTags import Base as ExifTag

from judge_pipeline.models.images.treatments import Treatment

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that turns each EXIF orientation upright; from 5 on, it swaps width and height."""

FIRST_SIDEWAYS = 5


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture without this orientation."""
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height of a picture of this stored size."""
    return size if orientation < FIRST_SIDEWAYS else (size[1], size[0])


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation still to be corrected after decoding, as browsers do it.

    They do not read it from XMP, from text chunks, from a WebP or from behind a PNG's picture. The TIFF decoder corrects it itself.
    """
    if picture.format in {"WEBP", "TIFF"}:
        return 1
    exif = Image.Exif()
    try:
        exif.load(picture.info.get("exif") or b"")
        orientation = exif.get(ExifTag.Orientation)
    except Exception:  # a damaged EXIF block does not spoil the picture
        return 1
    return orientation if orientation in UPRIGHT else 1


def ignored_orientation(picture: Image.Image, orientation: int) -> Iterator[Treatment]:
    """Says that a picture with another orientation, which browsers do not read, is shown as it is stored."""
    try:
        other = picture.getexif().get(ExifTag.Orientation, 1)
    except Exception:  # a damaged EXIF block does not spoil the picture
        return
    if other in UPRIGHT and other != orientation:
        yield Treatment("as-stored", "an orientation that browsers do not read (XMP, or EXIF of a WebP) was ignored")
