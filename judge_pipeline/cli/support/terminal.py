"""What the commands write, to people and to pipes. Paths and commands are never wrapped, so that they can be copied."""

import logging
import os
import shlex
import shutil
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

if TYPE_CHECKING:
    from judge_pipeline.engine.resources import PipelineResources


def silence_libraries() -> None:
    """Keeps log lines and warnings of libraries out of the output; what the terminal cannot encode is written as `?`."""
    logger = logging.getLogger("judge_pipeline")
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
    warnings.simplefilter("ignore")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed when the process started
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        getattr(sys, name).reconfigure(errors="replace")


class Terminal:
    """Standard output; tables and progress bars go to its `console`.

    It writes to a duplicate of the file descriptor, because Dagster redirects the original to a file during a step; or to
    `file`, for a notebook.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        if file is None:
            standard_output = os.dup(sys.stdout.fileno())
            file = os.fdopen(standard_output, "w", encoding=sys.stdout.encoding, errors="replace")
        self.console = Console(file=file, highlight=False)

    def print(self, line: str, *, style: str | None = None) -> None:
        """One line, never wrapped."""
        self.console.print(_printable(line), style=style, markup=False, highlight=False, soft_wrap=True)

    def busy(self, doing: str) -> AbstractContextManager[object]:
        """Shows in a terminal what takes several seconds in a large project; a file gets nothing."""
        return self.console.status(doing) if self.console.is_terminal else nullcontext()

    def print_wrapped(self, sentence: str) -> None:
        """Prose, wrapped between words."""
        self.console.print(_printable(sentence), markup=False, highlight=False)


def _printable(line: str) -> str:
    """Names of files that are not UTF-8 are written out, because a terminal's encoder refuses them."""
    return line.encode("utf-8", "backslashreplace").decode()


def print_error(message: str) -> None:
    """One line on standard error, after the program's name."""
    line = _printable(f"judge-pipeline: {message}")
    Console(stderr=True).print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def print_banner(pipeline: "PipelineResources", terminal: Terminal) -> None:
    """The first lines of a command: which Encord, which models, and the folder for everything it writes."""
    terminal.print(f"Encord  {pipeline.connection.domain}, project {pipeline.project_hash}")
    captioners = [(str(captioner), endpoint) for captioner, endpoint in pipeline.captioners.items()]
    models_by_address: dict[str, list[str]] = {}
    for role, endpoint in (*captioners, *(("judge", judge) for judge in pipeline.judges)):
        models_by_address.setdefault(endpoint.base_url, []).append(f"{role} {endpoint.model}")
    for address, models in models_by_address.items():
        terminal.print(f"Models  {address}")
        terminal.print(f"        {', '.join(models)}")
    terminal.print(f"Folder  {pipeline.report_file.parent}")


def shell_command(command: str, **options: object) -> str:
    """The command line to type, with those options that have a value or are set."""
    program = sys.argv[0]
    if shutil.which("judge-pipeline") == program:
        program = "judge-pipeline"
    given: list[str] = []
    for name, value in options.items():
        if value is not None and value is not False:
            given += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return shlex.join([program, command, *given])


def sdk_client_expression(domain: str, key_file: object) -> str:
    """Python code for an SDK client of a local Encord; the SDK does not read the domain from the environment."""
    return f"EncordUserClient.create_with_ssh_private_key(ssh_private_key_path={str(key_file)!r}, domain={domain!r})"
