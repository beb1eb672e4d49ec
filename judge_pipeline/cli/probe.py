"""`judge-pipeline probe`: whether the judge can be fooled, by captions whose better one is known."""

from typing import Annotated

import typer

from judge_pipeline.cli.support.budget import MaxCostUsd, MaxModelCalls, budget_settings


def probe(
    images: Annotated[int, typer.Option(min=1, max=200, help="Number of judged images, drawn at random.")] = 30,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would be asked, and an estimate of its cost.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask in a terminal whether to spend that.")] = False,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Ask the judge about falsified captions and wrong pictures, and print how often it is fooled; Encord stays unchanged.

    Prints the cost first. Repeating it is free: only questions without an answer in the store are asked.
    """
    from judge_pipeline.cli.support.judge_probe import probe_judge
    from judge_pipeline.cli.support.keep_alive import embedded_servers_kept_alive
    from judge_pipeline.cli.support.terminal import Terminal, print_banner
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read(**budget_settings(max_model_calls, max_cost_usd))
    pipeline = make_resources(settings, log=terminal.print)
    print_banner(pipeline, terminal)
    with embedded_servers_kept_alive(settings):
        is_done = probe_judge(pipeline, terminal, images=images, only_cost=dry_run, confirmed=yes)
    if not is_done:
        raise typer.Exit(1)
