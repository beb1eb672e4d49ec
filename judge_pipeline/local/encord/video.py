"""Videos and audio files, read with PyAV, which the extra `local` brings; it is imported only when a file needs it.

A video's frames are counted and numbered in the order in which they are shown, whatever its rate: the packets of its first
video track, without those that an edit list leaves out. Sizes are as shown, after the file's own rotation.
"""

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from judge_pipeline.local.encord.errors import InvalidArguments, NotFound

SEQUENCE_FPS = 25
"""The frame rate of the video that an image sequence becomes."""

_MIME_TYPES = {
    "mov": "video/mp4",
    "matroska": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "mp3": "audio/mpeg",
    "wav": "audio/x-wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
}
"""By the first name of PyAV's container format."""


def frames_in(duration: float, rate: float) -> int:
    """How many frames or samples a duration in seconds has; like the SDK, a part of one counts."""
    return math.ceil(round(duration * rate, 6))


def measure_video(path: Path) -> dict[str, Any]:
    """Size, rate, duration and number of frames of a video; InvalidArguments if it cannot be decoded."""
    with _opened(path, "video") as container:
        stream = container.streams.video[0]
        times = _frame_times(container, stream)
        container.seek(times[0], stream=stream)
        shown = next(container.decode(stream))
        width, height = (shown.height, shown.width) if shown.rotation % 180 else (shown.width, shown.height)
        duration = _seconds(container, stream)
        rate = stream.average_rate or stream.guessed_rate
        fps = float(rate) if rate else len(times) / duration if duration else float(SEQUENCE_FPS)
        return {
            "mimeType": _mime_type(container, "video"),
            "width": width,
            "height": height,
            "fps": fps,
            "duration": duration or len(times) / fps,
            "frameCount": len(times),
        }


def measure_audio(path: Path) -> dict[str, Any]:
    """Duration, sample rate, bit depth, codec and channels of an audio file; InvalidArguments if it cannot be decoded."""
    with _opened(path, "audio") as container:
        stream = container.streams.audio[0]
        context = stream.codec_context
        next(container.decode(stream))
        return {
            "mimeType": _mime_type(container, "audio"),
            "duration": _seconds(container, stream),
            "audioSampleRate": context.sample_rate,
            "audioBitDepth": context.format.bits,
            "audioCodec": context.codec.canonical_name,
            "audioNumChannels": context.channels,
        }


def frame_as_jpeg(path: Path, number: int) -> bytes:
    """The frame with a number, counted from 0 in the order of showing, upright; NotFound if the video has no such frame."""
    times = _known_times(str(path), path.stat().st_mtime_ns)
    if number >= len(times):
        raise NotFound(f"the video has frames 0 to {len(times) - 1}, not {number}")
    for start in (number, max(0, number - 250), None):  # containers without an index seek past the frame
        with _opened(path, "video") as container:
            stream = container.streams.video[0]
            if start is not None:
                container.seek(times[start], stream=stream)
            for frame in container.decode(stream):
                if _time_of(frame) > times[number]:
                    break
                if _time_of(frame) == times[number] and not frame.is_corrupt:
                    written = io.BytesIO()
                    frame.to_image().rotate(frame.rotation, expand=True).save(written, "JPEG", quality=90)
                    return written.getvalue()
    raise NotFound(f"frame {number} of the video cannot be decoded")


def write_sequence(file: BinaryIO, images: Sequence[Path]) -> dict[str, Any]:
    """Write an MP4 video with one frame for each image; InvalidArguments if their sizes differ.

    H.264 needs even sizes, so an odd width or height loses one pixel.
    """
    av = _av()
    sizes = [_size(path) for path in images]
    if len(set(sizes)) != 1:
        raise InvalidArguments(f"the images of a sequence must have one size, found {sorted(set(sizes))}")
    width, height = (max(2, side - side % 2) for side in sizes[0])
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=SEQUENCE_FPS, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for path in images:
            with Image.open(path) as image:
                frame = av.VideoFrame.from_image(image.convert("RGB").crop((0, 0, width, height)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return {
        "width": width,
        "height": height,
        "fps": float(SEQUENCE_FPS),
        "duration": len(images) / SEQUENCE_FPS,
        "frameCount": len(images),
    }


def _av() -> Any:
    try:
        import av
    except ImportError:
        raise InvalidArguments(
            "this server reads videos and audio with PyAV, which is not installed: pip install 'judge-pipeline[local]'"
        ) from None
    return av


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[Any]:
    """The file's container; what PyAV says against it becomes InvalidArguments."""
    av = _av()
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            if container.format.name.endswith("_pipe") or not getattr(container.streams, kind):
                raise InvalidArguments(f"the file has no {kind} track")  # a pipe is FFmpeg's name for a single picture
            yield container
    except (av.error.FFmpegError, StopIteration) as problem:
        reason = getattr(problem, "strerror", None) or "nothing in it can be decoded"
        raise InvalidArguments(f"the file cannot be read as {kind}: {reason}") from None


def _frame_times(container: Any, stream: Any) -> list[int]:
    """When each frame is shown, in units of the stream's time base."""
    times = sorted(_time_of(packet) for packet in container.demux(stream) if packet.size and not packet.is_discard)
    if not times:
        raise InvalidArguments("the video has no frames")
    return times


@lru_cache(maxsize=4)
def _known_times(path: str, changed: int) -> list[int]:
    """The times of a file's frames, kept while it does not change: reading all packets of a long video takes a second."""
    with _opened(Path(path), "video") as container:
        return _frame_times(container, container.streams.video[0])


def _time_of(packet: Any) -> int:
    return int(packet.pts if packet.pts is not None else packet.dts or 0)


def _seconds(container: Any, stream: Any) -> float | None:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else None


def _mime_type(container: Any, kind: str) -> str:
    found = _MIME_TYPES.get(container.format.name.partition(",")[0], f"{kind}/{'mp4' if kind == 'video' else 'mpeg'}")
    return found if found.startswith(kind) else f"{kind}/mp4"


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
