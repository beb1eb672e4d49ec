"""The ratios of the path in under two minutes: what `make bench-quick` prints, and CI in less. Nothing depends on a figure.

    python -m benchmarks.quick [--short]

See `benchmarks.path` and `benchmarks.start` for what the figures mean, and for more of them. The short form leaves out the
sequential program, and has fewer images.
"""

import argparse
import signal
import sys
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.path import path_run, print_p1, print_p2, row, sequential_rate
from benchmarks.start import timed

SEQUENTIAL_IMAGES = 6
"""Four seconds each."""


def path(images: int, concurrency: int, sequential: float | None = None) -> None:
    """What one run says about P1, P2 and P3."""
    run = path_run(images, concurrency=concurrency, latency=1.0)
    if sequential:
        print_p1(sequential, images, concurrency, run)
    print_p2(images, concurrency, 1.0, run)
    row("P3", f"{images} tags in one batch", f"{run.encord_requests / images:.2f} requests per tag")


def start(images: int) -> None:
    """The start and the end of the command, without the work between them."""
    times = timed(Path.cwd(), images=images, latency_seconds=0.2)
    before = f"{times.before:.2f} s to the first model call ({times.before_processor:.2f} s of processor time)"
    after = f"{times.after:.2f} s after the last answer ({times.after_processor:.2f} s)"
    row("", f"`judge-pipeline run`, {images} images", f"{before}, {after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("the benchmark was ended"))  # with its servers
    print(machine())
    print("\n| | what | figure |\n|---|---|---|", flush=True)
    if given.short:
        path(120, 64)
        start(60)
    else:
        path(120, 16, sequential_rate(SEQUENTIAL_IMAGES))
        path(300, 64)
        start(300)
    print(machine())


if __name__ == "__main__":
    main()
