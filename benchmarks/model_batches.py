"""Thousands of questions in model batches, and the memory that large ones take: `python -m benchmarks.model_batches [QUESTIONS]`.

The local models are a process of their own; batches are answered as fast as it can.
"""

import multiprocessing
import resource
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests
import uvicorn

from judge_pipeline.local.models import create_app
from judge_pipeline_tests.engine.model_batches.batch_trial import BatchTrial, dot
from judge_pipeline_tests.engine.model_batches.many_questions import ask_many, assert_all_ended

QUESTIONS = 10_000
LARGE = (100, 1_000)
LARGE_BYTES = 400_000

PROCESSES = multiprocessing.get_context("spawn")


def serve(folder: Path, port: int) -> None:
    uvicorn.run(create_app(folder / "networks", folder / "batches"), host="127.0.0.1", port=port, log_level="error")


def many(trial: BatchTrial, count: int) -> None:
    """10,000 questions with all that may go wrong."""
    began, cpu = time.monotonic(), time.process_time()
    asked_again = ask_many(trial, count)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    assert_all_ended(trial, count)
    print(
        f"| {count:,} questions, {asked_again:,} of them asked again: time, our processor time | {seconds:.1f} s, {cpu:.1f} s |"
    )


def large(arguments: tuple[str, Path, int]) -> None:
    """In a process of its own: the most memory it has had before and after."""
    url, folder, count = arguments
    trial = BatchTrial(url, folder)
    trial.ask("warm")
    trial.collect_all()
    before, cpu, began = memory_megabytes(), time.process_time(), time.monotonic()
    parts = trial.note([f"{number:064}" for number in range(count)], picture=dot(size=LARGE_BYTES))
    written = time.monotonic() - began
    trial.submit(parts)
    sent = time.monotonic() - began - written
    trial.collect_all()
    cpu = time.process_time() - cpu
    what = f"{count:,} questions of 400 kB in {len(parts)} files"
    print(f"| {what}: written, sent, our processor time | {written:.1f} s, {sent:.1f} s, {cpu:.1f} s |")
    print(f"| peak memory of our process before, and after | {before:.0f} MB, {memory_megabytes():.0f} MB |")


def memory_megabytes() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_own_process(target: Any, *arguments: Any) -> None:
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port: int = listener.getsockname()[1]
        server = PROCESSES.Process(target=serve, args=(folder, port))
        server.start()
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url)
            requests.patch(f"{url}/_local/batch-settings", json={"seconds": 0}, timeout=10).raise_for_status()
            print("| what | figure |\n|---|---|")
            for number in LARGE:
                requests.delete(f"{url}/_local/faults", timeout=10)
                fault = {"kind": "text", "text": "A cat.", "mode": "batch", "share": 1}
                requests.post(f"{url}/_local/faults", json=fault, timeout=10).raise_for_status()
                (folder / str(number)).mkdir()
                in_own_process(large, (url, folder / str(number), number))
            for path in ("stats", "faults"):
                requests.delete(f"{url}/_local/{path}", timeout=10)
            (folder / "many").mkdir()
            many(BatchTrial(url, folder / "many"), count)
        finally:
            server.terminate()
            server.join()


def wait_for(url: str) -> None:
    for _ in range(600):
        with suppress(requests.ConnectionError):
            if requests.get(f"{url}/_local/health", timeout=1).ok:
                return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
