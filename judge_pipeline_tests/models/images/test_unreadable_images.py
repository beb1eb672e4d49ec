"""Files that are not images, incomplete or of an unread format are refused with the reason."""

import struct
import sys
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.models.images.preparation import MAX_BYTES, prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline_tests.models.images.pictures import encoded, halves, noise, shown

pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Truncated File Read")

WHOLE = {
    "JPEG": encoded(noise(96, 64)),
    "progressive JPEG": encoded(noise(96, 64), progressive=True),
    "PNG": encoded(noise(96, 64), "PNG"),
    "WEBP": encoded(noise(96, 64), "WEBP"),
    "GIF": encoded(noise(96, 64), "GIF"),
    "BMP": encoded(noise(96, 64), "BMP"),
    "TIFF": encoded(noise(96, 64), "TIFF"),
    "packed TIFF": encoded(noise(96, 64), "TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_truncated_file_is_refused_wherever_it_ends(kind: str) -> None:
    whole = WHOLE[kind]
    prepare_image(whole)
    marks_the_end = 12 if kind == "PNG" else 2 if kind == "GIF" or "JPEG" in kind else 0
    last = len(whole) - marks_the_end - 1
    for end in sorted({*range(1, 200, 7), *range(200, last, 311), last}):
        with pytest.raises(UnreadableImage, match=r"ends early|cut off|damaged|not an image"):
            prepare_image(whole[:end])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"comment": b"not kept"}])
@pytest.mark.parametrize("filling", [b"", b"\0"])
def test_an_interrupted_download_is_named_truncated(options: dict[str, Any], filling: bytes) -> None:
    """Pillow itself accepts many of those padded with zeros, even if half the image is grey. Two bytes are the end marker."""
    whole = encoded(noise(300, 200), **options)
    for missing in (1, 2):
        assert prepare_image(whole[:-missing] + filling * missing).notes[-1].endswith("its picture is complete")
    for missing in (4, 100, len(whole) // 2):
        with pytest.raises(UnreadableImage, match="ends early: truncated JPEG"):
            prepare_image(whole[:-missing] + filling * missing)


def test_a_large_file_of_only_markers_is_refused_quickly() -> None:
    whole = encoded(halves())
    with pytest.raises(UnreadableImage, match="truncated JPEG"):
        prepare_image(whole[:-2] + b"\xff\xd8" * 10_000_000)


def png_of(width: int, height: int) -> bytes:
    """A PNG that declares a size in its header and has no pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image that can be read: SVG"),
        (b"<?xml version='1.0'?>\n<!-- x --><svg/>", "not an image that can be read: SVG"),
        (b"<!DOCTYPE html><p>404</p>", "not an image that can be read: HTML or XML"),
        (HEIC, "the file's beginning is damaged or cut off: HEIF"),
        (VIDEO, "not an image that can be read: video"),
        (b"%PDF-1.7", "not an image that can be read: PDF"),
        (b"SIMPLE  =                    T", "not an image that can be read: FITS"),
        (b"\x1f\x8b\x08", "not an image that can be read: gzip archive"),
        (b"a caption", "not an image that can be read, expected one of JPEG, PNG, WEBP, GIF, BMP, TIFF, AVIF, HEIF"),
        (b"\xff\xd8\xff", "the file ends early: truncated JPEG"),
        (b"\xff\xd8\xff\xd9", "the file's beginning is damaged or cut off: JPEG"),
        (bytes(MAX_BYTES + 1), "the file has 50.0 MB, at most 50 MB are read"),
        (png_of(20_000, 20_000), "more pixels than the 80 million that are read"),
        (png_of(9_000, 9_000), "9000 x 9000 pixels, at most 80 million are read"),
        (png_of(32, 20_000), "32 x 20000 pixels, one side is more than 32 times the other"),
        (png_of(20, 20), "is damaged: PNG|truncated PNG"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[-24:],
)
def test_an_unreadable_file_is_refused_with_its_reason(data: bytes, says: str) -> None:
    with pytest.raises(UnreadableImage, match=says):
        prepare_image(data)


def test_heic_without_its_decoder_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnreadableImage, match=r"pip install 'judge-pipeline\[heic\]', or save the image as JPEG"):
        prepare_image(HEIC)


@pytest.mark.parametrize("kind", ["ICO", "TGA", "PPM", "JPEG2000", "EPS"])
def test_no_other_decoders_are_used(kind: str) -> None:
    with pytest.raises(UnreadableImage, match="not an image that can be read"):
        prepare_image(encoded(halves(), kind))


@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_either_prepared_or_refused(kind: str, damages: list[tuple[float, bytes]]) -> None:
    data = bytearray(WHOLE[kind])
    for place, junk in damages:
        start = int(place * len(data))
        data[start : start + len(junk)] = junk
    with suppress(UnreadableImage):
        shown(prepare_image(bytes(data)))
