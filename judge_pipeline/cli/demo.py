"""`judge-pipeline demo`: the whole path on photographs, with nothing but this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge_pipeline.cli.support.cap_options import MaxCostUsd, MaxModelCalls, given_caps

if TYPE_CHECKING:
    from judge_pipeline.cli.support.demonstration import Summary
    from judge_pipeline.cli.support.terminal import Terminal

HOME = Path(".judge_pipeline")


def demo(
    images: Annotated[
        Path | None, typer.Option(help="A folder of your own JPEG, PNG or WebP files instead of the samples.")
    ] = None,
    ui: Annotated[bool, typer.Option("--ui", help="Then open Dagster on the result, until Ctrl-C.")] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port of Dagster's web server with --ui; by default 3000, or any free one."
        ),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write a summary for programs to this file.")] = None,
    scripted_choices: Annotated[
        bool,
        typer.Option(
            "--scripted-choices",
            help="Then let a script decide two thirds of the images, so that the report has both sides; it says so.",
        ),
    ] = False,
    home: Annotated[Path, typer.Option(help="Folder for all state; give another for other images.")] = HOME,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Caption and judge 23 photographs with a local Encord and local models: no account, no key, no cost."""
    from judge_pipeline.cli.support.dagster_dev import serve_dagster, web_port
    from judge_pipeline.cli.support.terminal import Terminal, typed_command
    from judge_pipeline.local.pair.pair import LocalPair
    from judge_pipeline.local.pair.photographs import photographs, sample_folder
    from judge_pipeline.settings.settings import DemoSettings

    terminal = Terminal()
    settings = DemoSettings.read(judge_pipeline_home=home, **given_caps(max_model_calls, max_cost_usd))
    found = photographs(images or sample_folder())
    ui_port = web_port(port) if ui else 0
    if json_file:
        json_file.touch()

    from judge_pipeline.cli.support.demonstration import (  # takes seconds; mistakes are told before
        demonstrate,
        failed_tags,
    )

    summary, is_done = demonstrate(settings, found, terminal, scripted_choices=scripted_choices)
    if json_file:
        json_file.write_text(summary.to_json(), encoding="utf-8")
    if ui:
        try:
            serve_dagster(settings, Path(summary.dagster_home), terminal, port=ui_port)
        finally:
            LocalPair(settings.embedded_folder).stop()
        is_done = failed_tags(settings, summary.project_hash) == 0
    else:
        if not is_done:
            terminal.say("Mend what failed and run the same command again: it goes on from there.")
        command = typed_command("demo", images=images, home=None if home == HOME else home)
        _tell_what_to_see(summary, terminal, command, is_scripted=scripted_choices)
    if not is_done:
        raise typer.Exit(1)


def _tell_what_to_see(summary: "Summary", terminal: "Terminal", command: str, *, is_scripted: bool) -> None:
    from judge_pipeline.cli.support.terminal import sdk_client
    from judge_pipeline.local.pair.pair import IDLE_SECONDS

    terminal.say(f"See it in Dagster:         {command} --ui")
    if not is_scripted:
        terminal.say(f"See a report of two sides: {command} --scripted-choices")
    terminal.say(f"See it as annotators do:   {summary.encord_domain}/projects/{summary.project_hash}")
    terminal.say(f"Read it with Encord's SDK: {sdk_client(summary.encord_domain, summary.encord_ssh_key_file)}")
    terminal.say(
        f"The local servers end after {IDLE_SECONDS / 60:.0f} minutes without use; any command starts them again."
    )
