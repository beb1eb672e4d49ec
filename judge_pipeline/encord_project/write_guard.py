"""The write guard: right before a request that changes something, the writer checks whether it may still write.

A run that was suspended between its check and its request may have lost its tags to another run, and Encord cannot know.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from judge_pipeline.encord_project.errors import WriteForbidden

_check: ContextVar[Callable[[], None] | None] = ContextVar("write_check", default=None)


@contextmanager
def guarded_writes(check: Callable[[], None]) -> Iterator[None]:
    """Calls `check` before each write of this thread in the block; what it raises ends the call as WriteForbidden."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def before_write() -> None:
    """To be called right before each request that changes something.

    Raises:
        WriteForbidden: the writer may not write any more.
    """
    check = _check.get()
    if check is None:
        return
    try:
        check()
    except Exception as error:
        raise WriteForbidden(error) from error
