"""`judge-pipeline demo`: the whole pipeline on sample photographs, on this machine and without an account."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge_pipeline.cli.support.budget import MaxCostUsd, MaxModelCalls, budget_settings

if TYPE_CHECKING:
    from judge_pipeline.cli.support.demonstration import Summary
    from judge_pipeline.cli.support.terminal import Terminal

HOME = Path(".judge_pipeline")


def demo(
    images: Annotated[
        Path | None,
        typer.Option(help="Folder of your own JPEG, PNG, WebP, AVIF, BMP or TIFF files, instead of the samples."),
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Also take the images of its subfolders.")] = False,
    ui: Annotated[bool, typer.Option("--ui", help="Then open Dagster on the result, until Ctrl-C.")] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of Dagster's web server with --ui; default 3000 or any free one."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write a JSON summary to this file.")] = None,
    scripted_choices: Annotated[
        bool,
        typer.Option(
            "--scripted-choices",
            help="Then let a script decide two thirds of the images, to show a report with choices; it marks them as scripted.",
        ),
    ] = False,
    batch: Annotated[
        bool,
        typer.Option(
            "--batch",
            help="Ask in model batches, which cost half at many providers; the local models answer one in a second.",
        ),
    ] = False,
    home: Annotated[Path, typer.Option(help="Folder for all state; use another one for other images.")] = HOME,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Caption and judge 23 photographs with a local Encord and local models: no account, no key, no cost."""
    from judge_pipeline.cli.support.dagster_dev import serve_dagster, web_port
    from judge_pipeline.cli.support.terminal import Terminal, shell_command
    from judge_pipeline.local.pair.pair import LocalPair
    from judge_pipeline.local.pair.photographs import LeftOut, left_out_sentence, photographs, sample_folder
    from judge_pipeline.settings.given import DemoSettings

    terminal = Terminal()
    given = budget_settings(max_model_calls, max_cost_usd)
    if batch:
        given |= {name: {"mode": "batch"} for name in ("llm1", "llm2", "judge")}
    settings = DemoSettings.read(judge_pipeline_home=home, **given)
    left_out = LeftOut()
    found = photographs(images or sample_folder(), recursive=recursive, left_out=left_out)
    ui_port = web_port(port) if ui else 0
    if json_file:
        json_file.touch()

    from judge_pipeline.cli.support.demonstration import (  # takes seconds, so mistakes are reported first
        count_failed_tags,
        run_demo,
    )

    if images and (sentence := left_out_sentence(images, left_out)):
        terminal.print(sentence)
    summary, succeeded = run_demo(settings, found, terminal, scripted_choices=scripted_choices)
    if json_file:
        json_file.write_text(summary.to_json(), encoding="utf-8")
    if ui:
        try:
            serve_dagster(settings, Path(summary.dagster_home), terminal, port=ui_port)
        finally:
            LocalPair(settings.embedded_folder).stop()
        succeeded = count_failed_tags(settings, summary.project_hash) == 0
    else:
        if not succeeded:
            terminal.print("Fix the failures and run the same command again; it resumes where it stopped.")
        command = shell_command(
            "demo", images=images, recursive=recursive, batch=batch, home=None if home == HOME else home
        )
        _print_next_steps(
            summary, settings.state_folder / "report.html", terminal, command, home=home, is_scripted=scripted_choices
        )
    if not succeeded:
        raise typer.Exit(1)


def _print_next_steps(
    summary: "Summary", report: Path, terminal: "Terminal", command: str, *, home: Path, is_scripted: bool
) -> None:
    from judge_pipeline.cli.support.terminal import sdk_client_expression, shell_command
    from judge_pipeline.local.pair.pair import IDLE_SECONDS

    other_home = None if home == HOME else home
    review = shell_command("review", home=other_home)
    terminal.print(f"Look at the report:        {report.resolve().as_uri()}")
    terminal.print(f"Then choose yourself:      {review}", style="bold")
    if not _review_opens_the_demo(home):
        terminal.print(
            "                           (unset your own settings first: with them it does not open the demo's project)"
        )
    terminal.print(f"See what you agree on:     {shell_command('report', home=other_home, open=True)}")
    if not is_scripted:
        terminal.print(f"Or let a script choose:    {command} --scripted-choices")
    terminal.print(f"Open it in Dagster:        {command} --ui")
    terminal.print(f"The annotators' view:      {summary.encord_domain}/projects/{summary.project_hash}")
    client = sdk_client_expression(summary.encord_domain, summary.encord_ssh_key_file)
    terminal.print(f"Read it with Encord's SDK: {client}")
    terminal.print(f"The local servers stop after {IDLE_SECONDS / 60:.0f} idle minutes; any command starts them again.")


def _review_opens_the_demo(home: Path) -> bool:
    """Whether commands with this environment use the demo's project, too: the demo itself ignores the settings of `run`."""
    from judge_pipeline.settings.settings import Settings, SettingsError

    try:
        return Settings.read(judge_pipeline_home=home).uses_embedded_encord
    except SettingsError:
        return False
