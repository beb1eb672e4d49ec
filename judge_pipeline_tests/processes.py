"""Processes of this machine as tests look at them: who lives, and who was started for a folder."""

import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def working_on(folder: Path) -> set[int]:
    """Living processes that name the folder in their arguments."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True)
    fields = [line.split(maxsplit=2) for line in listed.stdout.splitlines() if str(folder) in line]
    return {int(pid) for pid, stat, arguments in fields if "Z" not in stat and not arguments.startswith("ps ")}


def in_session(leader: int) -> set[int]:
    """Living processes of the session that this process began."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,sess=,stat="], capture_output=True, text=True, check=True)
    fields = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid) for pid, session, stat in fields if int(session) == leader and "Z" not in stat}


def descendants(ancestor: int) -> set[int]:
    """Living processes that this one has started, those that they have started, and so on."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    fields = [line.split() for line in listed.stdout.splitlines()]
    parent_of = {int(pid): int(parent) for pid, parent, stat in fields if "Z" not in stat}
    found: set[int] = set()
    while more := {pid for pid, parent in parent_of.items() if parent in {ancestor, *found}} - found:
        found |= more
    return found


def wait_until(holds: Callable[[], object], *, seconds: float, otherwise: Callable[[], object] = lambda: "") -> None:
    """Returns soon after it holds; `otherwise` is what to say when it does not in time.

    It looks again after a tenth of the time waited so far: looking takes processor time from those who are waited for.
    """
    began = time.monotonic()
    while not holds():
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"not within {seconds} s: {otherwise()}")
        time.sleep(max(waited / 10, 0.02))


def gone(pids: Iterable[int]) -> bool:
    """Whether none of them lives."""
    return not any(lives(pid) for pid in pids)
