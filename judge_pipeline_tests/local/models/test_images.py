"""Pictures of every mode and orientation are described; undecodable ones are reported."""

import io

import openai
import pytest
from PIL import Image

from judge_pipeline.local.models.picture.decoding import LONGEST_SIDE, decode_picture
from judge_pipeline_tests.local.models.asking import ask, data_uri, encoded, photograph, photograph_bytes, sentence


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("RGBA", "png"),
        ("P", "gif"),
        ("L", "png"),
        ("1", "png"),
        ("CMYK", "jpeg"),
        ("LA", "png"),
        ("RGB", "webp"),
        ("RGB", "tiff"),
    ],
)
def test_every_mode_is_described(client: openai.OpenAI, mode: str, kind: str) -> None:
    uri = encoded(photograph("coffee").convert(mode), kind)
    assert sentence(client, "measured-brief", uri).endswith(".")


def test_sixteen_bit_greys_keep_their_brightness() -> None:
    grey = Image.new("I;16", (64, 64), 128 * 256)
    assert decode_picture(encoded(grey)).getpixel((5, 5)) == (128, 128, 128)


def test_transparency_is_flattened_onto_white() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert decode_picture(encoded(clear)).getpixel((4, 4)) == (255, 255, 255)


def test_a_sideways_picture_is_rotated_upright() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(buffer, "jpeg", exif=exif)
    assert decode_picture(data_uri(buffer.getvalue())).size == (20, 40)


def test_a_large_picture_is_reduced() -> None:
    assert max(decode_picture(encoded(Image.new("RGB", (3000, 1000)))).size) == LONGEST_SIDE


def test_a_picture_one_pixel_high_is_described(client: openai.OpenAI) -> None:
    for size in ((500, 1), (1, 500), (1, 1)):
        assert sentence(client, "measured-detailed", encoded(Image.new("RGB", size, "red"))).endswith(".")


@pytest.mark.parametrize(
    "uri",
    [
        data_uri(b"not an image"),
        data_uri(photograph_bytes("cat")[:3000]),
        data_uri(b""),
        "data:image/png;base64,%%%",
        "https://example.org/cat.jpg",
    ],
    ids=["text", "cut off", "empty", "no base64", "an address"],
)
def test_what_cannot_be_decoded_is_reported_as_invalid_image(client: openai.OpenAI, uri: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "measured-brief", uri=uri)
    assert caught.value.code == "invalid_image"
