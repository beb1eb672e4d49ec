"""Images by URL: the original's signed URL is sent in place of the picture, fresh, and never logged."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from judge_pipeline.encord_project.url_lifetime import UNKNOWN_SECONDS, seconds_valid
from judge_pipeline.engine.steps.original_urls import OriginalURL
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest, ModelError
from judge_pipeline.models.images.originals import why_not_original
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import PLAIN, QUICK
from judge_pipeline_tests.models.stub_server import StubServer, failure

SIGNED = "https://storage.googleapis.com/bucket/1?X-Goog-Expires=3600&X-Goog-Signature=5ec2e7"


def file(mode: str = "RGB", kind: str = "JPEG", **settings: Any) -> bytes:
    buffer = BytesIO()
    Image.new(mode, (64, 48), 90 if mode in {"L", "I;16"} else None).save(buffer, kind, **settings)
    return buffer.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return file(exif=exif)


def ask_by_url(endpoint: Endpoint, image: PreparedImage) -> None:
    async def once() -> None:
        async with ModelClient(endpoint, retry_policy=QUICK) as client:
            await client.ask(PLAIN, image)

    asyncio.run(once())


@pytest.fixture
def by_url(image: PreparedImage) -> PreparedImage:
    async def sign() -> str:
        return SIGNED

    return replace(image, original_url=OriginalURL(SIGNED, sign))


def test_the_signed_url_is_sent_in_place_of_the_picture(
    stub: StubServer, endpoint: Callable[..., Endpoint], by_url: PreparedImage
) -> None:
    ask_by_url(endpoint(images="url"), by_url)
    ask_by_url(endpoint(), by_url)
    urls = [body["messages"][1]["content"][0]["image_url"]["url"] for body in stub.bodies]
    assert urls[0] == SIGNED
    assert urls[1].startswith("data:image/jpeg;base64,")


def test_a_url_in_an_error_is_not_quoted(
    stub: StubServer, endpoint: Callable[..., Endpoint], by_url: PreparedImage
) -> None:
    for message in (f"Failed to download {SIGNED}", f"cannot fetch '{SIGNED}&x=1' now"):
        stub.replies.append(failure(400, message))
        with pytest.raises(ModelError, match="unset LLM1__IMAGES") as raised:
            ask_by_url(endpoint(images="url"), by_url)
        assert "5ec2e7" not in str(raised.value)


@pytest.mark.parametrize("message", ["base64 images are not allowed", "image_url must be a valid http(s) URL"])
def test_a_server_that_wants_urls_is_reported_with_the_setting(
    stub: StubServer, endpoint: Callable[..., Endpoint], by_url: PreparedImage, message: str
) -> None:
    stub.replies.append(failure(400, message))
    with pytest.raises(BadRequest, match="set LLM1__IMAGES=url"):
        ask_by_url(endpoint(), by_url)


def test_a_url_is_signed_again_before_it_expires() -> None:
    now, signed = [0.0], []

    async def sign() -> str:
        signed.append(now[0])
        return f"https://x/?X-Amz-Expires=600&n={len(signed)}"

    async def ask_at(seconds: float) -> str:
        now[0] = seconds
        return await url(120.0)

    url = OriginalURL("https://x/?X-Amz-Expires=600", sign, clock=lambda: now[0])
    given = [asyncio.run(ask_at(seconds)) for seconds in (0.0, 400.0, 500.0, 900.0, 990.0)]
    assert signed == [500.0, 990.0]
    assert len(set(given)) == 3


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("X-Goog-Expires=900&X-Goog-Signature=x", 900),
        ("X-Amz-Expires=60", 60),
        ("Expires=1090&Signature=x", 90),
        ("expires=1090&signature=x", 90),
        ("se=1970-01-01T00%3A18%3A10Z&sig=x", 90),
        ("se=soon&sig=x", UNKNOWN_SECONDS),
        ("", UNKNOWN_SECONDS),
    ],
)
def test_the_life_time_is_read_from_the_query(query: str, seconds: float) -> None:
    assert seconds_valid(f"https://x/y?{query}", now=1000.0) == seconds


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (file(), None),
        (file("L"), None),
        (file(kind="PNG"), None),
        (file(kind="WEBP"), None),
        (file("RGBA", "PNG"), "RGBA"),
        (file("CMYK"), "CMYK"),
        (file(kind="TIFF"), "TIFF"),
        (file(kind="GIF", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")]), "animation"),
        (turned(), "EXIF"),
        ((Path(__file__).parents[2] / "judge_pipeline/local/pair/photographs/cat.jpg").read_bytes(), None),
    ],
)
def test_an_original_that_models_would_see_otherwise_is_refused(data: bytes, reason: str | None) -> None:
    found = why_not_original(data, prepare_image(data))
    assert found is None if reason is None else reason in (found or "")
