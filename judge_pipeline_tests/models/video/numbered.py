"""Videos whose frames carry their numbers, as a pattern of 16 squares, and files made from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from PIL import Image

MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True)
class Recipe:
    """How a video is made; `options` are the encoder's, `container_options` the container's. The suffix chooses the container."""

    suffix: str
    codec: str
    options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (64, 64)
    pixels: str = "yuv420p"
    metadata: Mapping[str, str] = field(default_factory=dict)

    def make(self, folder: Path, *, frames: int = 60, times: Sequence[int] | None = None) -> bytes:
        """The video file; `times` are those of its frames in ms, 40 apart if not given."""
        file = folder / f"made.{self.suffix}"
        with av.open(str(file), "w", options=dict(self.container_options)) as container:
            container.metadata.update(self.metadata)
            stream: Any = container.add_stream(self.codec, rate=25, options=dict(self.options))
            stream.width, stream.height = self.size
            stream.pix_fmt = self.pixels
            stream.codec_context.time_base = MILLISECONDS
            for number in range(frames):
                frame = _frame(picture(number, self.size))
                frame.pts, frame.time_base = times[number] if times else 40 * number, MILLISECONDS
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return file.read_bytes()


B_FRAMES = {"bf": "3", "g": "12"}
H264 = Recipe("mp4", "libx264", B_FRAMES)


def picture(number: int, size: tuple[int, int]) -> Image.Image:
    """Four rows of four squares: the bits of the number, white for 1."""
    squares = Image.frombytes("L", (4, 4), bytes(255 * (number >> bit & 1) for bit in range(16)))
    return squares.resize(size, Image.Resampling.NEAREST).convert("RGB")


def number_of(png: bytes | Image.Image) -> int:
    """The number that a frame carries."""
    shown = png if isinstance(png, Image.Image) else Image.open(BytesIO(png))
    squares = shown.convert("L").resize((4, 4), Image.Resampling.BOX)
    return sum(1 << bit for bit, value in enumerate(squares.tobytes()) if value > 127)


def _frame(shown: Image.Image) -> Any:
    return av.VideoFrame.from_bytes(shown.convert("RGBA").tobytes(), *shown.size, format="rgba")


def decoded_whole(video: bytes) -> list[int]:
    """The numbers of all frames as a decoder shows them from the beginning."""
    with av.open(BytesIO(video), "r") as container:
        return [number_of(frame.to_image()) for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


def moved(video: bytes, folder: Path, *, by: int) -> bytes:
    """An MP4 with the same frames, those before the time `by` excluded by its edit list."""
    return _copied(video, folder / "moved.mp4", shift=by, options={"avoid_negative_ts": "disabled"})


def cut(video: bytes, folder: Path, suffix: str, *, packets: int) -> bytes:
    """The file without its first packets, so that it may begin with frames made from others that are gone."""
    return _copied(video, folder / f"cut.{suffix}", without=packets)


def _copied(
    video: bytes, path: Path, *, shift: int = 0, without: int = 0, options: Mapping[str, str] | None = None
) -> bytes:
    with av.open(BytesIO(video), "r") as source, av.open(str(path), "w", options=dict(options or {})) as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        ticks = round(Fraction(shift, 1000) / Fraction(stream.time_base or 1))
        for packet in [each for each in source.demux(stream) if each.size][without:]:
            packet.pts, packet.dts, packet.stream = (packet.pts or 0) - ticks, (packet.dts or 0) - ticks, copy
            target.mux(packet)
    return path.read_bytes()
