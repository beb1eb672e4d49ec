"""Whether models may be given an original file in place of the prepared image: only if both show the same picture."""

from io import BytesIO

from PIL import Image
from PIL.ExifTags import Base as ExifTag

from judge_pipeline.models.images.orientation import UPRIGHT
from judge_pipeline.models.images.preparation import PreparedImage

READ_BY_MODELS = {"JPEG", "PNG", "WEBP", "GIF"}
"""The formats that OpenAI's, Anthropic's and Google's APIs take."""

PLAIN_MODES = {"RGB", "L", "P", "1"}
"""Pillow's modes whose pixels every reader shows alike: no transparency, no CMYK, no 16 bits."""


def why_not_original(data: bytes, prepared: PreparedImage) -> str | None:
    """What models would see otherwise in the original file than people do; None if nothing."""
    if prepared.source_format not in READ_BY_MODELS:
        return f"it is a {prepared.source_format} file, which models do not read"
    changed = [each.sentence for each in prepared.treatments if each.changes_pixels]
    if changed:
        return changed[0]
    with Image.open(BytesIO(data), formats=[prepared.source_format]) as picture:
        if getattr(picture, "n_frames", 1) > 1:
            return "it is an animation"
        if picture.mode not in PLAIN_MODES or "transparency" in picture.info:
            return f"its colours are of the kind {picture.mode}, which is not plain RGB"
        if picture.getexif().get(ExifTag.Orientation, 1) in UPRIGHT:
            return "its EXIF block turns it, which most models do not"
    return None
