"""The garbage collector ignores objects older than the first batch, and all objects at exit; threads share free memory."""

import gc
import platform
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from judge_pipeline.engine.process_tuning import LIBRARY_OBJECTS, batch_gc, command_gc

FROZEN_AT_EXIT = """
import atexit, gc, sys
atexit.register(lambda: print(gc.get_freeze_count() > 1_000))  # runs after whatever is registered later
from judge_pipeline.engine.process_tuning import freeze_at_exit
for batch in range(int(sys.argv[1])):
    freeze_at_exit()
"""


ARENAS_OF_SIXTEEN_THREADS = """
import ctypes, sys, tempfile, threading
from judge_pipeline.engine.process_tuning import share_free_memory

if sys.argv[1] == "shared":
    share_free_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
barrier = threading.Barrier(16)

def allocate() -> None:
    barrier.wait()
    libc.malloc(100_000)
    barrier.wait()

threads = [threading.Thread(target=allocate) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with tempfile.NamedTemporaryFile() as report:
    file = ctypes.c_void_p(libc.fopen(report.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(report.read().count(b"<heap nr="))
"""


PYTHONS_OWN = (700, 10, 10)
"""A command that ran in this process before may have set others."""


def test_a_batch_freezes_older_objects_and_collects_less_often() -> None:
    found = gc.get_threshold()
    try:
        gc.set_threshold(*PYTHONS_OWN)
        with batch_gc():
            assert gc.get_freeze_count() > 1_000
            assert gc.get_threshold()[0] > PYTHONS_OWN[0]
        assert gc.get_threshold() == PYTHONS_OWN
    finally:
        gc.set_threshold(*found)


def test_a_command_never_looks_at_what_it_has_imported() -> None:
    found = gc.get_threshold()
    try:
        command_gc()
        assert gc.get_threshold()[0] == LIBRARY_OBJECTS
        gc.collect(0)  # the first collection
        assert gc.get_freeze_count() > 1_000
        assert PYTHONS_OWN[0] < gc.get_threshold()[0] < LIBRARY_OBJECTS
    finally:
        gc.set_threshold(*found)


def test_overlapping_batches_leave_the_collector_as_they_found_it() -> None:
    found = gc.get_threshold()
    try:
        gc.set_threshold(*PYTHONS_OWN)
        first, second = batch_gc(), batch_gc()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert gc.get_threshold()[0] > PYTHONS_OWN[0]
        second.__exit__(None, None, None)
        assert gc.get_threshold() == PYTHONS_OWN
    finally:
        gc.set_threshold(*found)


class Leftover:
    """A reference cycle that a batch leaves behind."""

    def __init__(self) -> None:
        self.itself = self


def test_reference_cycles_of_a_batch_are_collected_before_the_next_one() -> None:
    with batch_gc():
        left = weakref.ref(Leftover())
    with batch_gc():
        assert left() is None


def test_a_process_that_has_run_a_batch_freezes_everything_at_exit() -> None:
    def is_frozen(batches: int) -> str:
        command = [sys.executable, "-c", FROZEN_AT_EXIT, str(batches)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    assert (is_frozen(0), is_frozen(1), is_frozen(3)) == ("False", "True", "True")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have one arena")
def test_sixteen_threads_share_two_arenas_of_free_memory() -> None:
    def arenas(how: str) -> int:
        run = subprocess.run(
            [sys.executable, "-c", ARENAS_OF_SIXTEEN_THREADS, how],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            cwd=Path(__file__).parents[2],
        )
        return int(run.stdout)

    assert arenas("shared") <= 2 < arenas("default")
