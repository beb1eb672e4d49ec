"""Opens files with Pillow where its own reader would refuse a whole file, or needs a plugin."""

from io import BytesIO

from PIL import Image

from judge_pipeline.models.images.bmp import open_masked, with_possible_palette
from judge_pipeline.models.images.png_chunks import without_unreadable_chunks
from judge_pipeline.models.images.unreadable import UnreadableImage


def open_picture(data: bytes, source_format: str) -> Image.Image:
    """The picture, not decoded yet.

    Raises:
        UnreadableImage: HEIC, and its decoder is not installed; a kind of BMP that is not read.
        Any other exception: the file's beginning is damaged.
    """
    match source_format:
        case "HEIF":
            return _open_heif(data)
        case "PNG":
            readable, profile = without_unreadable_chunks(data)
            picture = Image.open(BytesIO(readable), formats=["PNG"])
            if profile:
                picture.info["icc_profile"] = profile
            return picture
        case "BMP":
            try:
                return Image.open(BytesIO(with_possible_palette(data)), formats=["BMP"])
            except OSError:  # Pillow's word for masks that it does not know, among others
                return open_masked(data)
        case "AVIF":  # Pillow looks at the major brand only, which may be that of any codec
            return Image.open(BytesIO(data[:8] + b"avif" + data[12:]), formats=["AVIF"])
        case _:
            return Image.open(BytesIO(data), formats=[source_format])


def _open_heif(data: bytes) -> Image.Image:
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise UnreadableImage(
            "HEIC is read only with the extra heic: pip install 'judge-pipeline[heic]', or save the image as JPEG"
        ) from None
    picture: Image.Image = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
    return picture
