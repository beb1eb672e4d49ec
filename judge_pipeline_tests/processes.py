"""Processes on this machine: which are alive, which belong to a session, and which use a folder."""

import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs. A zombie does not."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def processes_using(folder: Path) -> set[int]:
    """Living processes with the folder in their arguments."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True)
    fields = [line.split(maxsplit=2) for line in listed.stdout.splitlines() if str(folder) in line]
    return {int(pid) for pid, stat, arguments in fields if "Z" not in stat and not arguments.startswith("ps ")}


def session_processes(leader: int) -> set[int]:
    """Living processes of the session that this process leads."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,sess=,stat="], capture_output=True, text=True, check=True)
    fields = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid) for pid, session, stat in fields if int(session) == leader and "Z" not in stat}


def descendants(ancestor: int) -> set[int]:
    """Living children of this process, their children, and so on."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    fields = [line.split() for line in listed.stdout.splitlines()]
    parent_of = {int(pid): int(parent) for pid, parent, stat in fields if "Z" not in stat}
    found: set[int] = set()
    while more := {pid for pid, parent in parent_of.items() if parent in {ancestor, *found}} - found:
        found |= more
    return found


def wait_until(holds: Callable[[], object], *, seconds: float, otherwise: Callable[[], object] = lambda: "") -> None:
    """Polls until `holds` is true; `otherwise` makes the message of the AssertionError after `seconds`.

    The interval is a tenth of the time waited so far: polling takes processor time from the processes it waits for.
    """
    began = time.monotonic()
    while not holds():
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"not within {seconds} s: {otherwise()}")
        time.sleep(max(waited / 10, 0.02))


def have_ended(pids: Iterable[int]) -> bool:
    """Whether none of them is alive."""
    return not any(is_alive(pid) for pid in pids)
