"""Tuning of a process: when Python's garbage collector runs, and how glibc shares free memory between threads.

Each part is here because it was measured; take it out when a measurement says that it no longer pays.
"""

import atexit
import ctypes
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from threading import Lock

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's own 700 suit programs that make fewer objects and drop them sooner. In a batch of 300 tags collections took 0.29 to
0.35 s at 10,000, and 0.16 to 0.22 s at 50,000, which takes 7 MB more."""

LIBRARY_OBJECTS = 600_000
"""`judge-pipeline run` has made 550,000 when its first batch begins."""

PYTHONS_THRESHOLDS = gc.get_threshold()

_M_ARENA_MAX = -8
"""The number of this option of glibc's `mallopt`."""


_lock = Lock()
_thresholds: list[tuple[int, int, int]] = []
"""One for each batch of this process that is running: batches overlap, and the last one restores what the first one found."""


@contextmanager
def batch_gc() -> Iterator[None]:
    """Ignores objects older than the process's first batch, and collects less often.

    Half a million objects belong to libraries. A run of 300 tags takes 7.8 s of processor time, without this and
    `freeze_at_exit` 9.0 s (means of three, interleaved).
    """
    _freeze_once()
    gc.collect()  # garbage of an earlier batch must not stay for the length of this one
    with _lock:
        _thresholds.append(gc.get_threshold())
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *_thresholds[0][1:])
    try:
        yield
    finally:
        with _lock:
            outside = _thresholds[0]
            _thresholds.pop()
            if not _thresholds:
                gc.set_threshold(*outside)


@cache
def _freeze_once() -> None:
    """Freezing before every batch would keep each batch's garbage; unfreezing would make each collection take half a second."""
    gc.freeze()


def command_gc() -> None:
    """For a command, which imports libraries and reads a whole project, and keeps what they make: collects seldom.

    `judge-pipeline run` over 3,000 finished tags took 14.8 s, of which 3 s were collections that found nothing. Looking once at each
    object that is imported takes 0.15 s more, so none is collected before there are as many as libraries make.
    """
    if _leave_libraries not in gc.callbacks:
        gc.callbacks.append(_leave_libraries)
    gc.set_threshold(LIBRARY_OBJECTS, 20, 50)


def _leave_libraries(_phase: str, _info: Mapping[str, int]) -> None:
    """Python calls it before its first collection, which then finds nothing to look at."""
    gc.callbacks.remove(_leave_libraries)
    gc.freeze()
    if gc.get_threshold()[0] == LIBRARY_OBJECTS:
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 50)


def server_gc() -> None:
    """For a command that goes on as a server: Python's own thresholds again, without the objects that it has begun with."""
    gc.freeze()
    gc.set_threshold(*PYTHONS_THRESHOLDS)


def freeze_at_exit() -> None:
    """Python's last collection, when the process ends, finds nothing to look at: 0.35 s instead of 1.5 s."""
    atexit.unregister(gc.freeze)  # register it once, however many batches the process has run
    atexit.register(gc.freeze)


def share_free_memory() -> None:
    """Limits glibc to two arenas of free memory; by default it has up to eight per core, and each keeps what it frees.

    A process that ran 24 batches of 50 images peaked at 249 MB, without this at 337 MB; the local Encord under 16 clients grew
    by megabytes per minute (benchmarks/README.md). Does nothing with other C libraries.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
