"""`judge-pipeline retry-failed`: lists the failed tags, or runs them again in one Dagster run."""

from typing import Annotated

import typer

from judge_pipeline.cli.support.budget import MaxCostUsd, MaxModelCalls, budget_settings


def retry_failed(
    since: Annotated[
        str | None,
        typer.Option(help="Only what failed since then: 30m, 2h, 1d, 1w, or an ISO time (UTC unless it has a zone)."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what failed and why.")] = False,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Run every failed tag again, in one run, then write the report."""
    from datetime import UTC, datetime

    from judge_pipeline.automation.retry_failed import find_failed
    from judge_pipeline.automation.support.lost_runs import end_lost_runs
    from judge_pipeline.automation.support.time_span import parse_since
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.cli.support.retry import print_failed_tags, retry_tags
    from judge_pipeline.cli.support.terminal import Terminal, print_banner
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read(**budget_settings(max_model_calls, max_cost_usd))
    after = parse_since(since, now=datetime.now(UTC)) if since else None
    pipeline = make_resources(settings, log=terminal.print)
    print_banner(pipeline, terminal)
    with dagster_instance(settings.dagster_home) as instance:
        for run_id in end_lost_runs(instance, pipeline.database_url, wait=terminal.print):
            terminal.print(f"run {run_id} is ended as failed: its process is gone")
        failed = find_failed(pipeline, instance, since=after)
        print_failed_tags(failed, terminal)
        if failed and not dry_run and (ending := retry_tags(failed, settings, pipeline, instance, terminal)):
            raise typer.Exit(ending)
