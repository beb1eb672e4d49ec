"""A process does not grow with the number of threads that have ever held something large."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

STOCKS_OF_SIXTEEN_THREADS = """
import ctypes, sys, tempfile, threading
from judge_pipeline.engine.memory import share_memory_between_threads

if sys.argv[1] == "shared":
    share_memory_between_threads()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
everybody = threading.Barrier(16)

def take() -> None:
    everybody.wait()
    libc.malloc(100_000)
    everybody.wait()

threads = [threading.Thread(target=take) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with tempfile.NamedTemporaryFile() as told:
    file = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(told.read().count(b"<heap nr="))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep one stock")
def test_sixteen_threads_share_two_stocks_of_memory() -> None:
    def stocks(how: str) -> int:
        run = subprocess.run(
            [sys.executable, "-c", STOCKS_OF_SIXTEEN_THREADS, how],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            cwd=Path(__file__).parents[2],
        )
        return int(run.stdout)

    assert stocks("shared") <= 2 < stocks("as it comes")
