"""Previews: what Dagster shows of an image at once, whatever the image is."""

import base64
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from judge_pipeline.dagster_events.metadata import LARGEST_SIDE, MARKDOWN_LIMIT, preview
from judge_pipeline.local.pair.photographs import photographs, sample_folder
from judge_pipeline.models.images.preparation import prepare_image, thumbnail_data_uri


@given(width=st.integers(1, 300), height=st.integers(1, 300), noise=st.integers(0, 255))
@settings(max_examples=30, deadline=None)
def test_any_image_fits_into_what_is_shown_at_once(width: int, height: int, noise: int) -> None:
    """Noise is what compresses worst."""
    picture = Image.effect_noise((width, height), noise).convert("RGB")
    assert len(preview(_thumbnail(picture))) < MARKDOWN_LIMIT


def test_every_sample_photograph_stays_recognisable() -> None:
    """Of 640 pixels, at least 48 remain, in the photograph's own proportions."""
    for photograph in photographs(sample_folder()):
        prepared = prepare_image(photograph.path.read_bytes())
        shown = _picture(preview(thumbnail_data_uri(prepared, side=LARGEST_SIDE)))
        assert 48 <= max(shown.size) <= LARGEST_SIDE
        proportion = shown.width / shown.height
        assert abs(proportion / (prepared.source_width / prepared.source_height) - 1) < 0.05


def _thumbnail(picture: Image.Image) -> str:
    encoded = BytesIO()
    picture.save(encoded, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getvalue()).decode()}"


def _picture(markdown: str) -> Image.Image:
    uri = markdown.removeprefix("![](").removesuffix(")")
    return Image.open(BytesIO(base64.b64decode(uri.partition(",")[2])), formats=["WEBP"])
