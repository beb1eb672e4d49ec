"""A frame is shown as a player shows it, and prepared as any image."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageDraw

from judge_pipeline.models.images.preparation import prepare_image
from judge_pipeline.models.video.frames import read_frame

SIZE = (64, 48)
NAMES = {(255, 0, 0): "R", (0, 255, 0): "G", (0, 0, 255): "B", (0, 0, 0): "-"}


def corners() -> Image.Image:
    """Red, green, blue and black, from the upper left to the lower right."""
    picture = Image.new("RGB", SIZE, "black")
    draw = ImageDraw.Draw(picture)
    draw.rectangle([0, 0, 31, 23], fill="red")
    draw.rectangle([32, 0, 63, 23], fill="lime")
    draw.rectangle([0, 24, 31, 47], fill="blue")
    return picture


def shown(png: bytes) -> str:
    """The names of the four quarters' colours."""
    small = Image.open(BytesIO(png)).convert("RGB").resize((2, 2), Image.Resampling.BOX)
    pixels = [small.getpixel((x, y)) for y in (0, 1) for x in (0, 1)]
    return "".join(NAMES[tuple(255 * (value > 127) for value in pixel)] for pixel in pixels)  # type: ignore[union-attr,index]


def one_frame(
    folder: Path,
    picture: Image.Image,
    *,
    suffix: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv444p",
    matrix: tuple[int, ...] | None = None,
    ratio: Fraction | None = None,
    colour: tuple[int, int, int] | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """The first frame of a video of one picture; `colour` is its matrix, primaries and curve."""
    file = folder / f"one.{suffix}"
    with av.open(str(file), "w") as container:
        stream: Any = container.add_stream(codec, rate=25, options=options or {"crf": "1"})
        stream.width, stream.height = picture.size
        stream.pix_fmt = pixels
        context = stream.codec_context
        if ratio:
            context.sample_aspect_ratio = ratio
        if matrix:
            stream.set_display_matrix(matrix)
        if colour:
            context.colorspace, context.color_primaries, context.color_trc = colour
        if codec.startswith("libvpx"):
            stream.metadata["alpha_mode"] = "1"
        frame = av.VideoFrame.from_bytes(picture.convert("RGBA").tobytes(), *picture.size, format="rgba")
        frame = frame.reformat(format=pixels, dst_colorspace=colour[0] if colour else None)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return read_frame(BytesIO(file.read_bytes()), 0).png


ONE = 1 << 16


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "quarters"),
    [
        (1, 0, 0, 1, "RGB-"),
        (0, 1, -1, 0, "BR-G"),
        (-1, 0, 0, -1, "-BGR"),
        (0, -1, 1, 0, "G-RB"),
        (-1, 0, 0, 1, "GR-B"),
        (1, 0, 0, -1, "B-RG"),
        (0, 1, 1, 0, "RBG-"),
        (0, -1, -1, 0, "-GBR"),
    ],
)
def test_the_display_matrix_turns_the_frame(tmp_path: Path, a: int, b: int, c: int, d: int, quarters: str) -> None:
    """x' = ax + cy, y' = bx + dy (ISO/IEC 14496-12, 6.2.2); a phone held upright writes the second."""
    matrix = (a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)
    png = one_frame(tmp_path, corners(), matrix=matrix)
    assert shown(png) == quarters
    assert Image.open(BytesIO(png)).size == (SIZE if a else SIZE[::-1])


def test_pixels_become_square_without_losing_any(tmp_path: Path) -> None:
    assert Image.open(BytesIO(one_frame(tmp_path, corners(), ratio=Fraction(4, 3)))).size == (85, 48)
    assert Image.open(BytesIO(one_frame(tmp_path, corners(), ratio=Fraction(2, 3)))).size == (64, 72)


@pytest.mark.parametrize("size", [(1, 1), (33, 17), (255, 2)])
def test_odd_sizes_stay(tmp_path: Path, size: tuple[int, int]) -> None:
    assert Image.open(BytesIO(one_frame(tmp_path, Image.new("RGB", size, "red")))).size == size


@pytest.mark.parametrize(
    ("suffix", "codec", "pixels"),
    [
        ("mov", "png", "rgba"),
        ("mov", "prores_ks", "yuva444p10le"),
        ("webm", "libvpx-vp9", "yuva420p"),
        ("webm", "libvpx", "yuva420p"),
    ],
)
def test_a_transparent_frame_is_shown_on_a_ground_as_an_image_is(
    tmp_path: Path, suffix: str, codec: str, pixels: str
) -> None:
    drawing = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(drawing).rectangle([0, 0, 31, 63], fill=(255, 255, 255, 255))
    png = one_frame(tmp_path, drawing, suffix=suffix, codec=codec, pixels=pixels, options={"auto-alt-ref": "0"})
    assert prepare_image(png).recipe.endswith("ground-black"), "white on white would show nothing"


def prepared_colour(png: bytes) -> tuple[int, ...]:
    with Image.open(BytesIO(prepare_image(png).data)) as picture:
        colour = picture.convert("RGB").getpixel((9, 9))
    assert isinstance(colour, tuple)
    return tuple(round(value) for value in colour)


@pytest.mark.parametrize(
    ("colour", "pixels", "codec"),
    [
        (None, "yuv420p", "libx264"),
        ((1, 1, 1), "yuv420p", "libx264"),
        ((6, 6, 6), "yuv420p", "libx264"),
        (None, "yuvj420p", "mjpeg"),
        (None, "yuv444p10le", "ffv1"),
        (None, "bgr0", "ffv1"),
    ],
)
def test_ordinary_colours_are_those_that_were_encoded(
    tmp_path: Path, colour: tuple[int, int, int] | None, pixels: str, codec: str
) -> None:
    suffix, options = ("mp4", None) if codec == "libx264" else ("mkv", {"level": "3"})
    png = one_frame(
        tmp_path,
        Image.new("RGB", SIZE, (200, 40, 60)),
        suffix=suffix,
        codec=codec,
        pixels=pixels,
        colour=colour,
        options=options,
    )
    assert prepared_colour(png) == pytest.approx((200, 40, 60), abs=4)


def test_high_definition_without_a_matrix_is_bt_709(tmp_path: Path) -> None:
    """As Chromium takes it; from BT.601, green would be 61."""
    picture = Image.new("RGBA", (64, 720), (200, 40, 60, 255))
    file = tmp_path / "one.mkv"
    with av.open(str(file), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 720, "yuv444p"
        frame = av.VideoFrame.from_bytes(picture.tobytes(), *picture.size, format="rgba").reformat(
            format="yuv444p", dst_colorspace=1
        )
        frame.colorspace, frame.pts = 2, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert prepared_colour(read_frame(BytesIO(file.read_bytes()), 0).png) == pytest.approx((200, 40, 60), abs=4)


@pytest.mark.parametrize(("curve", "name"), [(16, "BT.2020 PQ"), (18, "BT.2020 HLG"), (14, "BT.2020")])
@pytest.mark.parametrize(
    ("suffix", "codec", "pixels"), [("mkv", "ffv1", "yuv420p10le"), ("webm", "libvpx-vp9", "yuv420p")]
)
def test_wide_and_high_range_colours_are_converted_as_those_of_images(
    tmp_path: Path, curve: int, name: str, suffix: str, codec: str, pixels: str
) -> None:
    png = one_frame(
        tmp_path,
        Image.new("RGB", SIZE, (150, 100, 90)),
        suffix=suffix,
        codec=codec,
        pixels=pixels,
        colour=(9, 9, curve),
        options={"level": "3"} if codec == "ffv1" else {"cpu-used": "8"},
    )
    assert f"colours were converted to sRGB from {name}" in prepare_image(png).notes
