"""Measures stored files: size, MIME type, and what their kind has: pixels, frames, pages, samples."""

import mimetypes
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from judge_pipeline.local.encord import pdf, video
from judge_pipeline.local.encord.errors import InvalidArguments


@dataclass(frozen=True)
class Measured:
    """Width and height in pixels as shown, None if unknown; `media` has the other fields of Encord's item."""

    file_size: int | None
    mime_type: str | None
    width: int | None = None
    height: int | None = None
    media: Mapping[str, Any] = field(default_factory=dict)


def measure(path: Path, *, item_type: str, title: str, given: Mapping[str, Any] | None = None) -> Measured:
    """Measure a stored file; InvalidArguments says why a video, an audio file or a PDF cannot be read.

    `given` is the client's own measurement of one of these, used instead, as Encord does. Of an image only the header is
    read: truncated images are measured too, and what is not an image is stored without width and height.
    """
    file_size = path.stat().st_size
    guessed, _ = mimetypes.guess_type(title)
    if item_type == "plainText":
        return Measured(file_size, guessed or "text/plain")
    if item_type == "image":
        return _image(path, file_size, guessed)
    if given is not None:
        return _as_given(given, item_type)
    if item_type == "pdf":
        return Measured(file_size, "application/pdf", media={"frameCount": pdf.count_pages(path)})
    facts = dict(video.measure_video(path) if item_type == "video" else video.measure_audio(path))
    found = facts.pop("mimeType")
    mime_type = guessed if guessed and guessed.startswith(f"{item_type}/") else found
    return Measured(file_size, mime_type, facts.pop("width", None), facts.pop("height", None), facts)


def measure_frame(path: Path, *, title: str) -> Measured:
    """Measure an image of a group; InvalidArguments if it is not one, as a frame without a size cannot be labelled."""
    measured = measure(path, item_type="image", title=title)
    if measured.width is None:
        raise InvalidArguments(f"frame {title!r} is not an image that can be read")
    return measured


def _image(path: Path, file_size: int, guessed: str | None) -> Measured:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            return Measured(file_size, Image.MIME.get(image.format or "", guessed or "image/jpeg"), *image.size)
    except Exception:
        return Measured(file_size, guessed or "application/octet-stream")


def _as_given(given: Mapping[str, Any], item_type: str) -> Measured:
    media: dict[str, Any]
    if item_type == "video":
        media = {"fps": given["fps"], "duration": given["duration"]}
        media["frameCount"] = video.frames_in(given["duration"], given["fps"])
    elif item_type == "audio":
        media = {
            "duration": given["duration"],
            "audioSampleRate": given["sampleRate"],
            "audioBitDepth": given["bitDepth"],
            "audioCodec": given["codec"],
            "audioNumChannels": given["numChannels"],
        }
    else:
        media = {"frameCount": given["numPages"]}
    mime_type = given.get("mimeType", "application/pdf")
    return Measured(given["fileSize"], mime_type, given.get("width"), given.get("height"), media)
