"""Good calls to the label editor's agent, and its memory, while hostile callers are at work: `python -m benchmarks.hostile_calls`."""

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Process
from pathlib import Path

from judge_pipeline_tests.editor_agent.hostile_calls import HALF_A_BODY, HALF_A_HEAD, HostedAgent, hosted_agent

CALLS = 20


@contextmanager
def agent() -> Iterator[HostedAgent]:
    with tempfile.TemporaryDirectory() as folder, hosted_agent(Path(folder)) as hosted:
        assert hosted.good_call() == 200
        yield hosted


def good_calls(hosted: HostedAgent) -> str:
    """How many of some calls were answered within 5 s, and how long the slowest took."""
    answered, slowest = 0, 0.0
    for _ in range(CALLS):
        began = time.perf_counter()
        answered += hosted.good_call() == 200
        slowest = max(slowest, time.perf_counter() - began)
    return f"{answered} of {CALLS} good calls answered, the slowest after {slowest:.2f} s"


def keep_beginning(port: int, pause: float, seconds: float) -> None:
    """Begins one request after the other, and says how many a second."""
    held: list[socket.socket] = []
    begun, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", port), timeout=1))
            held[-1].sendall(HALF_A_HEAD)
            begun += 1
        if len(held) > 400:
            held.pop(0).close()
        time.sleep(pause)
    print(f"{begun / seconds:.0f} new half-sent heads a second for {seconds:.0f} s, 256 descriptors", flush=True)


def main() -> None:
    with agent() as hosted:
        before = hosted.memory_mb()
        sent = hosted.flood(300)
        print(
            f"300 MB of header lines: {sent:.1f} MB taken, memory {before:.0f} -> {hosted.memory_mb():.0f} MB at most"
        )
        print(f"  afterwards: {good_calls(hosted)}")
    for what, begun in (("heads", HALF_A_HEAD), ("bodies", HALF_A_BODY), ("connections without a byte", b"")):
        with agent() as hosted:
            with hosted.half_sent(300, begun) as held:
                began, cpu = time.perf_counter(), hosted.cpu_seconds()
                print(f"300 half-sent {what}, 256 descriptors: {len(held)} connected")
                print(f"  meanwhile: {good_calls(hosted)}")
                seconds = time.perf_counter() - began
                print(f"  processor time: {hosted.cpu_seconds() - cpu:.2f} s in {seconds:.0f} s")
            print(f"  memory {hosted.memory_mb():.0f} MB at most; afterwards: {good_calls(hosted)}")
    for pause in (0.01, 0.001, 0.0):
        with agent() as hosted:
            attacker = Process(target=keep_beginning, args=(hosted.port, pause, 6.0))
            attacker.start()
            time.sleep(1)
            said = good_calls(hosted)
            attacker.join()
            print(f"  meanwhile: {said}")


if __name__ == "__main__":
    main()
