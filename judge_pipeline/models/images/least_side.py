"""Pictures with a side below what models take: enlarged, or padded if they would become too long."""

from PIL import Image

from judge_pipeline.models.images.treatments import Treatment

MIN_SIDE = 28
"""Pixels: the patches of Qwen2-VL and Qwen2.5-VL, whose servers answer HTTP 500 to a smaller side."""


def at_least(
    picture: Image.Image, treatments: list[Treatment], *, min_side: int = MIN_SIDE, max_side: int
) -> Image.Image:
    """`picture` (RGB or L) with no side below `min_side`: enlarged, then padded with white if it would exceed `max_side`."""
    width, height = picture.size
    if min(width, height) >= min_side:
        return picture
    factor = min(min_side / min(width, height), max_side / max(width, height))
    if factor > 1:
        picture = picture.resize(
            (max(1, round(width * factor)), max(1, round(height * factor))), Image.Resampling.LANCZOS
        )
    size = max(picture.width, min_side), max(picture.height, min_side)
    how = "enlarged" if size == picture.size else "padded with white"
    if size != picture.size:
        paper = Image.new(picture.mode, size, "white")
        paper.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
        picture = paper
    treatments.append(
        Treatment(
            f"min{min_side}",
            f"{how} from {width} x {height} to {size[0]} x {size[1]} pixels, because models take no side below {min_side}",
        )
    )
    return picture
