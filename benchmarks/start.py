"""How long `judge-pipeline run` takes before its first model call and after its last answer.

    python -m benchmarks.start [--images 300] [--times 3] [--latency 0.2] [--package FOLDER ...]

The command is started from the shell, and the stub models note when they are called. Encord takes 20 ms per request. With several
checkouts of the package as FOLDERs, the runs alternate between them. Each run has a project of its own.
"""

import argparse
import os
import subprocess
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks import compile_package
from benchmarks.path import command_of, command_settings
from benchmarks.scene import scene

IN_FLIGHT = 64
SECONDS_BETWEEN_SAMPLES = 0.01
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one command: to its first model call, and from the last answer to its end; of the clock and of the processor."""

    before: float
    before_processor: float
    after: float
    after_processor: float
    processor: float


def timed(package: Path, *, images: int, latency_seconds: float) -> Times:
    """One command over a new project."""
    with scene(tags=images, latency_seconds=latency_seconds, concurrency=IN_FLIGHT) as found:
        environment = os.environ | command_settings(found) | {"PYTHONPATH": str(package)}
        samples = [(time.time(), 0.0)]
        with subprocess.Popen(
            command_of("run"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=found.folder
        ) as process:
            while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
                samples.append((time.time(), processor_seconds(process.pid)))
                time.sleep(SECONDS_BETWEEN_SAMPLES)
            _, status, usage = ended
            process.returncode = status
            end = (time.time(), usage.ru_utime + usage.ru_stime)
            errors = process.stderr.read().decode() if process.stderr else ""
        stats = found.model_stats()
    if status or stats["answered"] != 3 * images:
        raise SystemExit(f"{errors}exit status {status}, {stats['answered']} answers; expected 0 and {3 * images}")
    first, last = (
        next(sample for sample in reversed(samples) if sample[0] <= max(moment, samples[0][0]))
        for moment in (stats["first_call_at"], stats["last_answer_at"])
    )
    return Times(
        stats["first_call_at"] - samples[0][0], first[1], end[0] - stats["last_answer_at"], end[1] - last[1], end[1]
    )


def processor_seconds(pid: int) -> float:
    """Of a process that has not been waited for, by Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--package", type=Path, nargs="+", default=[Path.cwd()])
    given = parser.parse_args()
    found: dict[Path, list[Times]] = {package: [] for package in given.package}
    for package in given.package:
        compile_package(package)
    print("| package | to the first call | processor | after the last answer | processor | processor in all |")
    print("|---|---|---|---|---|---|")
    for _ in range(given.times):
        for package in given.package:
            found[package].append(timed(package, images=given.images, latency_seconds=given.latency))
            print(row(str(package), found[package][-1]), flush=True)
    for package, times in found.items():
        print(row(f"{package}, least", Times(*map(min, zip(*map(astuple, times), strict=True)))))


def row(what: str, times: Times) -> str:
    return f"| {what} | " + " | ".join(f"{seconds:.2f} s" for seconds in astuple(times)) + " |"


if __name__ == "__main__":
    main()
