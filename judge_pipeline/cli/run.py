"""`judge-pipeline run`: the whole pipeline from the shell, for the project in the settings."""

from typing import Annotated

import typer

from judge_pipeline.cli.support.budget import MaxCostUsd, MaxModelCalls, budget_settings


def run(
    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number of images.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Maximum number of tags in one Dagster run.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only print what is left to do and an estimate of calls, tokens, cost and time."
        ),
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Work on the project although another store does; that store's runs stop."),
    ] = False,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Caption and judge every image in an agent stage, then write the report.

    Exits with 0 if all is done, 1 if something failed, 3 if nothing did but images wait for model batches.
    """
    from judge_pipeline.cli.support.run_pipeline import run_pipeline
    from judge_pipeline.cli.support.terminal import Terminal, print_banner
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read(**budget_settings(max_model_calls, max_cost_usd))
    pipeline = make_resources(settings, log=terminal.print)
    print_banner(pipeline, terminal)
    if dry_run:
        from judge_pipeline.cli.support.forecast_table import print_forecast

        print_forecast(pipeline, terminal, limit=limit)
        return
    home = settings.dagster_home
    ending = run_pipeline(
        settings, pipeline, terminal, dagster_home=home, limit=limit, batch_size=batch_size, take_over=take_over
    )
    if ending:
        raise typer.Exit(ending)
