"""What the commands write, to people and to pipes: a path or a command is never wrapped, so that it can be copied."""

import logging
import os
import shlex
import shutil
import sys
import warnings

from rich.console import Console


def be_quiet() -> None:
    """Keeps the log lines and warnings of libraries out of the output, and writes what a terminal cannot show as `?`."""
    logger = logging.getLogger("judge_pipeline")
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
    warnings.simplefilter("ignore")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with it closed
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        getattr(sys, name).reconfigure(errors="replace")


class Terminal:
    """Standard output; tables and progress bars go to its `console`.

    It writes to a duplicate of the file descriptor: Dagster points the original one at a file while a step runs.
    """

    def __init__(self) -> None:
        standard_output = os.dup(sys.stdout.fileno())
        file = os.fdopen(standard_output, "w", encoding=sys.stdout.encoding, errors="replace")
        self.console = Console(file=file, highlight=False)

    def say(self, line: str, *, style: str | None = None) -> None:
        """One line, as it is, however long."""
        self.console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    def explain(self, sentence: str) -> None:
        """Prose, wrapped between words."""
        self.console.print(sentence, markup=False, highlight=False)


def complain(sentence: str) -> None:
    """One line on standard error, with the command's name before it."""
    Console(stderr=True).print(
        f"judge-pipeline: {sentence}", style="red", markup=False, highlight=False, soft_wrap=True
    )


def typed_command(command: str, **options: object) -> str:
    """A command as the user would type it here, with those options that have a value."""
    program = sys.argv[0]
    if shutil.which("judge-pipeline") == program:
        program = "judge-pipeline"
    given = [part for name, value in options.items() if value is not None for part in (f"--{name}", str(value))]
    return shlex.join([program, command, *given])


def sdk_client(domain: str, key_file: object) -> str:
    """The Python expression that makes a client of Encord's SDK for a local Encord; the SDK takes no domain from the environment."""
    return f"EncordUserClient.create_with_ssh_private_key(ssh_private_key_path={str(key_file)!r}, domain={domain!r})"
