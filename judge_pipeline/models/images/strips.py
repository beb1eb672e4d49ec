"""Large pictures converted strip by strip, so that a second copy of them never exists."""

from collections.abc import Callable

from PIL import Image

STRIP_PIXELS = 4_000_000


def in_strips(
    picture: Image.Image, convert: Callable[[Image.Image], Image.Image], *, reduction: int = 1
) -> Image.Image:
    """What `convert` makes of the picture; it treats each place alike, and divides width and height by `reduction`."""
    rows = max(1, STRIP_PIXELS // picture.width // reduction) * reduction
    if picture.height <= rows:
        return convert(picture)
    first = convert(picture.crop((0, 0, picture.width, rows)))
    whole = Image.new(first.mode, (first.width, -(-picture.height // reduction)))
    whole.info = picture.info
    whole.paste(first)
    for top in range(rows, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        whole.paste(convert(strip), (0, top // reduction))
    return whole
