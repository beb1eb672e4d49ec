"""The garbage collector of a batch's process: left alone is what was there before, and everything at the end."""

import gc
import subprocess
import sys
import weakref

from judge_pipeline.engine.collecting import seldom_collecting

LEFT_ALONE_AT_THE_END = """
import atexit, gc, sys
atexit.register(lambda: print(gc.get_freeze_count() > 1_000))  # called after what is registered below
from judge_pipeline.engine.collecting import end_without_collecting
for batch in range(int(sys.argv[1])):
    end_without_collecting()
"""


def test_a_batch_leaves_alone_what_was_there_and_looks_more_seldom() -> None:
    before = gc.get_threshold()
    with seldom_collecting():
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before


class Leftover:
    """Something that a batch leaves behind in a circle."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_batch_leaves_in_circles_is_gone_when_the_next_one_begins() -> None:
    with seldom_collecting():
        left = weakref.ref(Leftover())
    with seldom_collecting():
        assert left() is None


def test_a_process_that_ends_leaves_everything_alone_however_many_batches_it_has_carried() -> None:
    def is_left_alone(batches: int) -> str:
        command = [sys.executable, "-c", LEFT_ALONE_AT_THE_END, str(batches)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    assert (is_left_alone(0), is_left_alone(1), is_left_alone(3)) == ("False", "True", "True")
