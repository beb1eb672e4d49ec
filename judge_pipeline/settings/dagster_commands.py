"""Undoes what Dagster's commands do to the environment: they put `.env` over it, and every child process inherits the result."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from judge_pipeline.settings.env_file import ENV_FILE, values_in_file
from judge_pipeline.settings.names import DAGSTER_HOME

PROGRAMS = ("dagster", "dg")
PROC = Path("/proc")


def restore_environment() -> None:
    """Gives each variable of `.env` the value it had when a person, or an init system, started Dagster.

    DAGSTER_HOME stays: Dagster has opened that instance. Without /proc, as on macOS, nothing changes, and the file wins.
    """
    if (before := _environment_of_dagster()) is None:
        return
    for name in values_in_file(ENV_FILE).keys() - {DAGSTER_HOME}:
        if name in before:
            os.environ[name] = before[name]
        else:
            os.environ.pop(name, None)


def _environment_of_dagster() -> Mapping[str, str] | None:
    """What the outermost Dagster command above this process was started with; None outside Dagster."""
    try:
        commands = [folder for folder in _ancestors() if _is_dagster((folder / "cmdline").read_bytes().split(b"\0"))]
        variables = (commands[-1] / "environ").read_bytes().split(b"\0") if commands else None
    except OSError:  # no /proc, or another user's process
        return None
    if variables is None:
        return None
    return {
        os.fsdecode(name): os.fsdecode(value) for name, _, value in (each.partition(b"=") for each in variables) if name
    }


def _ancestors() -> Iterator[Path]:
    """The folders in /proc of this process, its parent, and so on."""
    process = os.getpid()
    while process > 1:
        folder = PROC / str(process)
        yield folder
        process = int((folder / "stat").read_text().rpartition(")")[2].split()[1])  # after the name: state, parent


def _is_dagster(arguments: Sequence[bytes]) -> bool:
    """Whether a command line is `dagster …`, `dagster-webserver …`, `dg …` or `python -m dagster…`."""
    words = [os.fsdecode(each) for each in arguments]
    modules = [module for option, module in pairwise(words) if option == "-m"]
    programs = [Path(word).name for word in words[:2]] + modules[:1]
    return any(program in PROGRAMS or program.startswith(("dagster-", "dagster_", "dagster.")) for program in programs)
