"""The local Encord as a separate process, started as users start it."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.local_encord.figures import row


@dataclass(frozen=True)
class RunningServer:
    """The server's process and its address."""

    process: subprocess.Popen[str]
    url: str

    def memory_mb(self) -> float:
        """The resident memory of the process, as reported by Linux."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


@contextmanager
def started_server(data_dir: Path) -> Iterator[RunningServer]:
    """`judge-pipeline local-encord` on a free port."""
    program = str(Path(sys.executable).with_name("judge-pipeline"))
    command = [program, "local-encord", "--port", "0", "--data-dir", str(data_dir)]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert url
            requests.get(f"{url[0]}/_local/health", timeout=10).raise_for_status()
            row("the server's process: from the command to its first answer", f"{time.perf_counter() - started:.1f} s")
            yield RunningServer(process, url[0])
        finally:
            process.terminate()
