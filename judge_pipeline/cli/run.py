"""`judge-pipeline run`: the whole path from the shell, for the project that the settings name."""

from typing import Annotated

import typer

from judge_pipeline.cli.support.cap_options import MaxCostUsd, MaxModelCalls, given_caps


def run(
    limit: Annotated[int | None, typer.Option(min=1, help="Take at most this many images.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Tags that one Dagster run takes.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is left to do, what it will take, and do nothing.")
    ] = False,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Caption and judge every image that has no judgement yet, then write the report."""
    from judge_pipeline.cli.support.banner import print_banner
    from judge_pipeline.cli.support.dagster_home import own_dagster_home
    from judge_pipeline.cli.support.run_pipeline import work_through
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read(**given_caps(max_model_calls, max_cost_usd))
    pipeline = make_resources(settings, log=terminal.say)
    print_banner(pipeline, terminal)
    if dry_run:
        from judge_pipeline.cli.support.forecast import print_forecast

        print_forecast(pipeline, terminal, limit=limit)
        return
    home = own_dagster_home(settings.state_folder / "dagster_home")
    if not work_through(settings, pipeline, terminal, dagster_home=home, limit=limit, batch_size=batch_size):
        raise typer.Exit(1)
