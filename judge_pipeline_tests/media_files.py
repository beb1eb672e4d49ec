"""Small videos, audio files and PDFs, made with PyAV: frame n of a video has its number as a grey value."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

GREY_STEP = 8
"""How much lighter each frame is than the one before, so that a decoded frame can be recognised."""


def video(
    path: Path,
    *,
    frames: int = 12,
    rate: int = 25,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    times: Sequence[int] | None = None,
) -> Path:
    """Write a video in the container of the path's suffix; `times` are the frames' times in ms, for a variable rate."""
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if times is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(frames):
            grey = np.full((height, width, 3), number * GREY_STEP % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn(path: Path) -> Path:
    """Turn an MP4 video by 90 degrees, by the matrix in the header of its track."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    matrix = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    content[at : at + 36] = b"".join(number.to_bytes(4, "big", signed=True) for number in matrix)
    path.write_bytes(content)
    return path


def frame_number(image: Image.Image) -> int:
    """Which frame of a video a decoded picture is."""
    return round(np.asarray(image.convert("L")).mean() / GREY_STEP)


def audio(path: Path, *, codec: str = "pcm_s16le", rate: int = 8000, seconds: int = 1) -> Path:
    """Write silence, mono."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "mono"
        silence = np.zeros((1, rate * seconds), np.int16 if codec.startswith("pcm") else np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="s16" if codec.startswith("pcm") else "fltp", layout="mono")
        frame.rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def pdf(path: Path, *, pages: int = 3) -> Path:
    """Write a PDF with a page tree and nothing else."""
    kids = " ".join(["3 0 R"] * pages)
    tree = f"2 0 obj\n<< /Type /Pages /Kids [{kids}] /Count {pages} >>\nendobj\n"
    path.write_bytes(f"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n{tree}%%EOF\n".encode())
    return path


def pictures(folder: Path, *, count: int = 4, size: tuple[int, int] = (64, 48)) -> list[Path]:
    """Write grey PNG images, numbered like the frames of a video."""
    paths = [folder / f"picture-{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.new("RGB", size, (number * GREY_STEP,) * 3).save(path)
    return paths
