"""Measures stored files: size, MIME type, and what their kind has: pixels, frames, pages, samples."""

import mimetypes
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from PIL import Image
from pydantic import Field

from judge_pipeline.local.encord import pdf, video
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.wire import Body

PositiveInt = Annotated[int, Field(gt=0, lt=2**53)]


@dataclass(frozen=True)
class Measured:
    """Width and height in pixels as shown, None if unknown; `media` has the other fields of Encord's item."""

    file_size: int | None
    mime_type: str | None
    width: int | None = None
    height: int | None = None
    media: Mapping[str, Any] = field(default_factory=dict)


class GivenVideo(Body):
    """A client's own measurement of a video, believed as Encord does."""

    fps: Annotated[float, Field(gt=0, le=10_000)]
    duration: Annotated[float, Field(gt=0, le=10_000_000)]
    width: PositiveInt
    height: PositiveInt
    file_size: PositiveInt
    mime_type: str

    def measured(self) -> Measured:
        """As if the file had been measured."""
        frames = video.frames_in(self.duration, self.fps)
        facts = {"fps": self.fps, "duration": self.duration, "frameCount": frames}
        return Measured(self.file_size, self.mime_type, self.width, self.height, facts)


class GivenAudio(Body):
    """A client's own measurement of an audio file."""

    duration: Annotated[float, Field(gt=0, le=10_000_000)]
    file_size: PositiveInt
    mime_type: str
    sample_rate: Annotated[int, Field(gt=0, le=10_000_000)]
    bit_depth: PositiveInt
    codec: str
    num_channels: PositiveInt

    def measured(self) -> Measured:
        """As if the file had been measured."""
        facts = {
            "duration": self.duration,
            "audioSampleRate": self.sample_rate,
            "audioBitDepth": self.bit_depth,
            "audioCodec": self.codec,
            "audioNumChannels": self.num_channels,
        }
        return Measured(self.file_size, self.mime_type, media=facts)


class GivenPdf(Body):
    """A client's own count of a PDF's pages."""

    file_size: PositiveInt
    num_pages: PositiveInt

    def measured(self) -> Measured:
        """As if the file had been measured."""
        return Measured(self.file_size, "application/pdf", media={"frameCount": self.num_pages})


def measure(path: Path, *, item_type: str, title: str) -> Measured:
    """Measure a stored file; InvalidArguments says why a video, an audio file or a PDF cannot be read.

    Of an image only the header is read: truncated images are measured too, and what is not an image is stored without width
    and height.
    """
    file_size = path.stat().st_size
    guessed, _ = mimetypes.guess_type(title)
    if item_type == "plainText":
        return Measured(file_size, guessed or "text/plain")
    if item_type == "image":
        return _image(path, file_size, guessed)
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
