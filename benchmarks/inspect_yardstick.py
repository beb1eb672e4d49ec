"""Our path compared with a program that only makes the three calls: an evaluation with inspect_ai, of the same photographs.

    python -m benchmarks.inspect_yardstick [--images 300] [--in-flight 16 64] [--latency 1.0]

The evaluation has no Encord, Dagster or store. It runs in `build/inspect-venv`, which the first call makes; that needs the network.
Both ask the same stub models, one after the other. Times are those of the whole process, the start of Python included.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import requests

from benchmarks.machine import machine
from benchmarks.path import checked, ideal_seconds
from benchmarks.runs import measured
from benchmarks.scene import Scene, photograph, scene

PACKAGES = ("inspect_ai==0.3.285", "openai==3.54.0")
VENV = Path("build/inspect-venv")


def inspect_python() -> Path:
    """The interpreter that has inspect_ai."""
    python = VENV / "bin" / "python"
    installed = VENV / "installed"
    if not installed.exists() or installed.read_text() != " ".join(PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(pip, check=True)
        installed.write_text(" ".join(PACKAGES))
    return python


def inspect_seconds(found: Scene, images: int, in_flight: int) -> tuple[float, float]:
    """Of the whole evaluation: seconds, and processor seconds."""
    folder = found.folder / "photographs"
    folder.mkdir()
    for number in range(images):
        (folder / f"{number:06}.jpg").write_bytes(photograph(number))
    program = str(Path(__file__).with_name("inspect_program.py"))
    began = time.monotonic()
    command = [str(inspect_python()), program, str(folder), f"{found.models_url}/v1", str(in_flight)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    answered = found.model_stats()["answered"]
    if status or answered != 3 * images:
        raise SystemExit(f"inspect_ai ended with {os.waitstatus_to_exitcode(status)} and {answered} answers")
    return seconds, used.ru_utime + used.ru_stime


def compare(images: int, in_flight: int, latency: float) -> None:
    ideal = ideal_seconds(images, latency=latency, concurrency=in_flight)
    with scene(tags=images, latency_seconds=latency, concurrency=in_flight) as found:
        seconds, processor = inspect_seconds(found, images, in_flight)
        row("inspect_ai, the three calls only", in_flight, most_at_once(found), seconds, ideal, processor, images)
        run = checked(measured(found, batch_size=images), found, images)
        most = most_at_once(found)
    row("the path, in all", in_flight, most, run.wall_seconds, ideal, run.inside.processor_seconds, images)


def most_at_once(found: Scene) -> int:
    """The most calls that one model has had in flight since the last time."""
    most = found.model_stats()["most_in_flight_of_a_model"]
    requests.delete(f"{found.models_url}/stats", timeout=10)
    return most


def row(what: str, in_flight: int, most: int, seconds: float, ideal: float, processor: float, images: int) -> None:
    figures = f"{seconds:.1f} s | {seconds / ideal:.2f} | {1000 * processor / images:.0f} ms"
    print(f"| {what} | {in_flight} ({most}) | {figures} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--latency", type=float, default=1.0)
    given = parser.parse_args()
    inspect_python()
    print(machine(), f"{given.images} images, {given.latency:g} s per call", sep="\n")
    print("\n| | in flight (reached) | wall | over the ideal | processor time per image |\n|---|---|---|---|---|")
    for in_flight in given.in_flight:
        compare(given.images, in_flight, given.latency)
    print(machine())


if __name__ == "__main__":
    main()
