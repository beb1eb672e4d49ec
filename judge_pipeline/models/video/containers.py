"""Video files opened with PyAV, and the reasons why one cannot be.

PyAV is imported here when the first video is opened: it takes 0.1 s and 40 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET
from typing import TYPE_CHECKING, Any, Protocol

from judge_pipeline.models.images.unreadable import UnreadableImage

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf"
"""Formats that hold their data themselves: a playlist could name other files and addresses."""

MAX_PIXELS = 36_000_000
"""A frame of 8192 x 4320; a decoder keeps up to 17 of them."""

THREADS = 2
"""For the slices of one frame. Several frames at once take as many times the memory, and a damaged one spoils others."""

WHAT_TO_DO = "re-encode the video in Encord, or upload it as MP4 with H.264"

TRANSPARENT_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these leave out the transparency."""


class SeekableFile(Protocol):
    """What PyAV needs of a file."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the file's end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Moves, and returns the new position."""

    def tell(self) -> int:
        """The position."""


class UnreadableVideo(UnreadableImage):
    """A video of which this frame cannot be shown to a model; the message says why, for the file's owner."""


@dataclass(frozen=True, slots=True)
class Video:
    """An open video file, its first video stream, and the decoder of that; `file` may be moved."""

    file: SeekableFile
    container: "InputContainer"
    stream: "VideoStream"
    decoder: Any


@contextmanager
def open_video(file: SeekableFile) -> Iterator[Video]:
    """The video file, from its beginning; errors of PyAV in the block become UnreadableVideo, those of `file` stay what they are.

    Raises:
        UnreadableVideo: it is not a video, has no picture, or one that cannot be decoded.
    """
    import av
    from av.stream import Discard

    watched = _WatchedFile(file)
    try:
        with av.open(watched, "r", options={"format_whitelist": DEMUXERS}, metadata_errors="replace") as container:
            stream = _video_stream(container)
            for other in container.streams:
                if other is not stream:
                    other.discard = Discard.all
            yield Video(file, container, stream, _decoder(stream))
    except av.error.FFmpegError as error:
        if watched.error is None:
            raise UnreadableVideo(f"the file is not a video that can be read: {error.strerror}; {WHAT_TO_DO}") from None
    except UnreadableVideo:
        if watched.error is None:
            raise
    if watched.error is not None:
        raise watched.error


class _WatchedFile:
    """A file with a place of its own, that seems to end at its first error: PyAV would print it, and FFmpeg replace it."""

    def __init__(self, file: SeekableFile) -> None:
        self._file = file
        self._position = 0
        self.error: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            if self.error is None:
                self._file.seek(self._position)
                data = self._file.read(size)
                self._position += len(data)
                return data
        except Exception as error:
            self.error = error
        return b""

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        try:
            if whence == SEEK_END:
                offset += self._file.seek(0, SEEK_END)
        except Exception as error:
            self.error = self.error or error
            return -1
        self._position = max(0, offset + (self._position if whence == SEEK_CUR else 0))
        return self._position

    def tell(self) -> int:
        return self._position


def _video_stream(container: "InputContainer") -> "VideoStream":
    from av.stream import Disposition

    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue
        context = stream.codec_context
        if context is None:
            break
        if not context.width or not context.height:
            raise UnreadableVideo(f"the size of its pictures is unknown; {WHAT_TO_DO}")
        if context.width * context.height > MAX_PIXELS:
            raise UnreadableVideo(
                f"its frames have {context.width} x {context.height} pixels, "
                f"at most {MAX_PIXELS / 1e6:g} million are decoded"
            )
        return stream
    raise UnreadableVideo(f"the file has no video stream that can be decoded; {WHAT_TO_DO}")


def _decoder(stream: "VideoStream") -> Any:
    import av

    context: Any = stream.codec_context
    tags = {name.lower(): value for name, value in stream.metadata.items()}
    if tags.get("alpha_mode") == "1" and context.name in TRANSPARENT_DECODERS:
        context = av.CodecContext.create(TRANSPARENT_DECODERS[context.name], "r")
    context.thread_count = THREADS
    context.thread_type = "SLICE"
    return context
