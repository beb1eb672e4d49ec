"""Python's garbage collector during a batch and at the end: it need not look through the libraries again and again."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

NEW_OBJECTS = 10_000
"""Between two collections; Python's own 700 are for programs that make fewer and shorter-lived ones."""


def collect_seldom() -> None:
    """For a process that makes tens of thousands of objects and keeps them: a command over a whole project.

    `judge-pipeline run` over 3,000 finished tags took 14.8 s, of which 3 s went into looking for garbage among them.
    """
    gc.set_threshold(5 * NEW_OBJECTS, 20, 50)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """What is there before a process's first batch is left alone from then on; what comes after is looked at more seldom.

    Half a million objects are the libraries'. Over 300 tags collections took 2.3 s of 20 s of processor time, so 0.5 s.
    """
    _leave_alone_what_is_loaded()
    gc.collect()  # what an earlier batch has left is not kept for the length of this one
    threshold = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *threshold[1:])
    try:
        yield
    finally:
        gc.set_threshold(*threshold)


@cache
def _leave_alone_what_is_loaded() -> None:
    """Once: frozen again and again, what each batch leaves would stay for ever; unfrozen, it costs half a second to look at."""
    gc.freeze()


def end_without_collecting() -> None:
    """Python's last look for garbage, at the end of the process, finds nothing to look through.

    With all libraries loaded a process took 1.5 s to end, so 0.35 s.
    """
    atexit.unregister(gc.freeze)  # once is enough, however many runs a process has carried
    atexit.register(gc.freeze)
