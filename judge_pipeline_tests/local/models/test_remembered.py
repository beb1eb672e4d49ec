"""A picture that is asked about again is not measured again."""

from PIL import Image

from judge_pipeline.local.models.picture.remembered import PICTURES, remembered


def test_the_last_pictures_are_measured_once() -> None:
    measured = []
    look = remembered(lambda picture: measured.append(picture.getpixel((0, 0))))
    pictures = [Image.new("RGB", (4, 4), (number, 0, 0)) for number in range(PICTURES + 1)]
    for picture in [*pictures[:PICTURES], *pictures[:PICTURES], pictures[0].copy()]:
        look(picture)
    assert len(measured) == PICTURES
    look(pictures[PICTURES])
    look(pictures[0])
    assert len(measured) == PICTURES + 1, "the one that was used last is still known"
    look(pictures[1])
    assert len(measured) == PICTURES + 2
    look(Image.new("RGB", (2, 8), (0, 0, 0)))
    assert len(measured) == PICTURES + 3, "the same bytes in another size are another picture"
