"""What people type: `judge-pipeline COMMAND`, a file a command.

Whatever a person can cause ends in one sentence and exit code 2; a failed tag is exit code 1, Ctrl-C is 130.
The files of the commands import what they need when they run, so that `--help` is there at once.
"""

import sys

import typer

from judge_pipeline.cli import agent, demo, doctor, export, init, local_servers, report, retry_failed, review, run
from judge_pipeline.engine.collecting import end_without_collecting

INTERRUPTED = 130
"""Typer's exit code after Ctrl-C, as shells have it: 128 and the signal's number."""

app = typer.Typer(
    name="judge-pipeline",
    help="Two models caption the images of an Encord project, a third judges the captions, a person decides.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (
    demo.demo,
    init.init,
    run.run,
    retry_failed.retry_failed,
    review.review,
    report.report,
    export.export,
    doctor.doctor,
    agent.agent,
    local_servers.local_encord,
    local_servers.local_models,
):
    app.command()(command)


def main() -> None:
    """The entry point of the `judge-pipeline` command."""
    from judge_pipeline.cli.support.terminal import be_quiet, complain

    be_quiet()
    end_without_collecting()
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            complain("interrupted; what is done is kept, and the same command goes on from there")
        raise
    except Exception as error:
        from judge_pipeline.cli.support.expected_errors import sentence_about

        sentence = sentence_about(error)
        if sentence is None:
            raise
        complain(sentence)
        sys.exit(2)
