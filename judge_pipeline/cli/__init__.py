"""The command line: `judge-pipeline COMMAND`, one file per command.

agent          answers Encord's label editor
align          a judge that learns from people
batches        lists model batches; collects, cancels, exports and imports them
archive        takes finished images out of Dagster's partitions
demo           the whole pipeline on sample photographs, on this machine
doctor         checks everything that a run needs, at no cost
export         preference pairs and best captions for training
find           from an image's name to its partition key
init           creates the project in Encord
local_servers  the local Encord and the local models, each as a server
probe          whether the judge can be fooled
prune          forgets the images that are gone from the project
ranking        which of the captioners of several projects is best
report         writes the report from what is known now
retry_failed   lists failed tags, or runs them again
review         people choose between two captions, blind
run            captions and judges what stands in an agent stage
support/       what the commands share

Exit codes: 2 for a user's mistake, which is explained in one sentence, 1 for failed tags, 3 if nothing is wrong
but images wait for model batches, 130 for Ctrl-C.
A command imports what it needs when it runs, so that `--help` answers at once.

Not here: sensors, schedules and jobs (automation/); settings and their defaults (settings/).
"""

import sys
from typing import Annotated

import typer

from judge_pipeline.cli import (
    agent,
    align,
    archive,
    batches,
    demo,
    doctor,
    export,
    find,
    init,
    local_servers,
    probe,
    prune,
    ranking,
    report,
    retry_failed,
    review,
    run,
)
from judge_pipeline.cli.support.settings_options import ignores_settings, reads_settings
from judge_pipeline.engine.process_tuning import command_gc, freeze_at_exit

INTERRUPTED = 130
"""Typer's exit code after Ctrl-C, the one that shells use: 128 and the signal's number."""


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"judge-pipeline {version('judge-pipeline')}")
        raise typer.Exit


app = typer.Typer(
    name="judge-pipeline",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Two models caption the images of an Encord project, a third judges the captions, a person decides."""


app.command()(ignores_settings(demo.demo))
for command in (
    init.init,
    run.run,
    retry_failed.retry_failed,
    find.find,
    archive.archive,
    prune.prune,
    probe.probe,
    review.review,
    align.align,
    report.report,
    ranking.ranking,
    export.export,
    doctor.doctor,
    agent.agent,
):
    app.command()(reads_settings(command))
app.add_typer(batches.batches, name="batches")
for server in (local_servers.local_encord, local_servers.local_models):
    app.command()(ignores_settings(server))


def main() -> None:
    """The entry point of the `judge-pipeline` command."""
    from judge_pipeline.cli.support.terminal import print_error, silence_libraries

    silence_libraries()
    freeze_at_exit()
    command_gc()
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print_error("interrupted; finished work is kept, run the same command again to resume")
        raise
    except Exception as error:
        from judge_pipeline.cli.support.expected_errors import expected_message

        message = expected_message(error)
        if message is None:
            raise
        print_error(message)
        sys.exit(2)
