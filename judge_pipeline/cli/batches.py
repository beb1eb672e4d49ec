"""`judge-pipeline batches`: the model batches of the project, and what a person may do about them by hand."""

from pathlib import Path
from typing import Annotated

import typer

from judge_pipeline.cli.support.settings_options import EnvFile, Home, reads_settings

batches = typer.Typer(
    help="List the model batches of the project: which questions are at which server, and what came back.",
    rich_markup_mode="markdown",
)


@batches.callback(invoke_without_command=True)
def list_or_command(context: typer.Context, home: Home = None, env_file: EnvFile = None) -> None:
    """List the model batches of the project: which questions are at which server, and what came back."""
    if context.invoked_subcommand is None:
        reads_settings(_list)(home=home, env_file=env_file)
    elif home or env_file:
        raise typer.BadParameter(f"give --home and --env-file after `{context.invoked_subcommand}`")


def _list() -> None:
    from judge_pipeline.cli.support.model_batches import batches_opened, print_batches

    with batches_opened() as desk:
        print_batches(desk)


@batches.command()
@reads_settings
def collect() -> None:
    """Ask the servers once for answers and save them; `judge-pipeline run` goes on with them."""
    from judge_pipeline.cli.support.model_batches import batches_opened, collect_batches

    with batches_opened() as desk:
        if not collect_batches(desk):
            raise typer.Exit(1)


@batches.command()
@reads_settings
def cancel(
    batch: Annotated[
        str | None, typer.Argument(metavar="ID", help="A batch's id, or its beginning. Default: every batch.")
    ] = None,
) -> None:
    """End batches early. What is answered by then is saved and paid; the rest is asked again by the next `judge-pipeline run`."""
    from judge_pipeline.cli.support.model_batches import batches_opened, cancel_batches

    with batches_opened() as desk:
        if not cancel_batches(desk, batch):
            raise typer.Exit(1)


@batches.command()
@reads_settings
def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Folder for the files; made if it is missing.")],
) -> None:
    """Write the questions of the endpoints with MODE=offline as JSONL, for `vllm run-batch` on any machine. They contain images."""
    from judge_pipeline.cli.support.model_batches import batches_opened, export_batches

    with batches_opened() as desk:
        if not export_batches(desk, folder):
            raise typer.Exit(1)


@batches.command("import")
@reads_settings
def import_(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="Files of answers.")
    ],
) -> None:
    """Save the answers that `vllm run-batch` has written, in any order; `judge-pipeline run` goes on with them."""
    from judge_pipeline.cli.support.model_batches import batches_opened, import_files

    with batches_opened() as desk:
        if not import_files(desk, files):
            raise typer.Exit(1)
