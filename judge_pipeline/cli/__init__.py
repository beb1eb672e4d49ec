"""What people type: `judge-pipeline COMMAND`, a file a command; any expected error ends in one sentence and exit code 2."""

import logging
import sys
import warnings

import typer
from rich.console import Console

app = typer.Typer(
    name="judge-pipeline",
    help="Two models caption the images of an Encord project, a third judges the captions, a person decides.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def main() -> None:
    """The entry point of the `judge-pipeline` command."""
    logging.getLogger("judge_pipeline").setLevel(logging.WARNING)
    warnings.simplefilter("ignore")

    from judge_pipeline.cli import demo, doctor, local_servers, run
    from judge_pipeline.cli.expected_errors import expected_errors

    for command in (demo, run, doctor, local_servers):
        command.register(app)
    try:
        app()
    except expected_errors() as error:
        Console(stderr=True, highlight=False).print(f"judge-pipeline: {error}", style="red", markup=False)
        sys.exit(2)
