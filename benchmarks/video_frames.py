"""One frame of a two-hour video, by range requests: `python -m benchmarks.video_frames [MEGABITS_PER_SECOND]`.

The video has 180,000 frames of 1920 x 1080 with B-frames and a keyframe every ten seconds; each shows its place after its keyframe.
The ten seconds are encoded once and written 720 times.
"""

import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from judge_pipeline.encord_project.ranged_file import RangedFile
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline.models.video.frames import read_frame
from judge_pipeline_tests.models.video.numbered import number_of, picture
from judge_pipeline_tests.servers import serve

WIDTH, HEIGHT = 1920, 1080
GROUP, GROUPS, RATE = 250, 720, 25
FRAMES = (0, 100_123, GROUP * GROUPS - 1)


def one_group(folder: Path, megabits: float) -> Path:
    path = folder / "group.mp4"
    noise = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        options = {"g": str(GROUP), "bf": "2", "preset": "veryfast", "x264-params": "scenecut=0"}
        stream: Any = container.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.bit_rate = int(megabits * 1e6)
        for number in range(GROUP):
            shown = np.asarray(picture(number, (WIDTH, HEIGHT)).convert("RGBA")).copy()
            shown[..., :3] = np.clip(shown[..., :3] * 0.8 + noise.integers(0, 50, (HEIGHT, WIDTH, 1)), 0, 255)
            frame = av.VideoFrame.from_ndarray(shown, format="rgba")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def two_hours(group: Path, path: Path) -> Path:
    with av.open(str(group), "r") as source:
        stream = source.streams.video[0]
        packets = [
            (bytes(packet), packet.pts or 0, packet.dts or 0, packet.is_keyframe)
            for packet in source.demux(stream)
            if packet.size
        ]
        length = round(Fraction(GROUP, RATE) / Fraction(stream.time_base or 1))
        with av.open(str(path), "w") as target:
            copied = target.add_stream_from_template(stream)
            for number in range(GROUPS):
                for content, pts, dts, is_keyframe in packets:
                    packet: Any = av.Packet(content)
                    packet.stream, packet.time_base, packet.is_keyframe = copied, stream.time_base, is_keyframe
                    packet.pts, packet.dts = pts + number * length, dts + number * length
                    target.mux(packet)
    return path


def measure(url: str, number: int) -> None:
    """In a process of its own, so that its memory is that of one frame."""
    before = most_memory()
    file = RangedFile(url, addresses=StorageAddresses("127.0.0.1"), title="film", seconds=60, max_bytes=10**9)
    began, cpu = time.perf_counter(), time.process_time()
    still = read_frame(file, number)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    with Image.open(BytesIO(still.png)) as shown:
        assert number_of(shown.copy()) == number % GROUP
    peak = most_memory()
    print(
        f"  frame {number}: {seconds:.2f} s, {cpu:.2f} s of processor time; {file.bytes_received / 1e6:.1f} MB in "
        f"{file.requests} requests; memory {before:.0f} -> {peak:.0f} MB"
    )


def most_memory() -> float:
    """The most that this process has had, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(megabits: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        group = one_group(folder, megabits)

        async def send(request: Request) -> FileResponse:
            return FileResponse(folder / request.path_params["name"])

        with serve(Starlette(routes=[Route("/{name}", send)])) as url:
            for title in ("film.mp4", "film.mkv"):
                film = two_hours(group, folder / title)
                print(f"{title}: {film.stat().st_size / 1e6:.0f} MB")
                for number in FRAMES:
                    command = [sys.executable, "-m", "benchmarks.video_frames", f"{url}/{title}", str(number)]
                    subprocess.run(command, check=True)
                film.unlink()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main(float(sys.argv[1]) if len(sys.argv) == 2 else 1.0)
