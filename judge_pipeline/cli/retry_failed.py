"""`judge-pipeline retry-failed`: what has failed, listed or carried again in one run."""

from typing import Annotated

import typer

from judge_pipeline.cli.support.cap_options import MaxCostUsd, MaxModelCalls, given_caps


def retry_failed(
    since: Annotated[
        str | None,
        typer.Option(help="Only what has failed since: 30m, 2h, 1d, 1w, or an ISO time (UTC where it names no zone)."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what has failed and why, and do nothing.")] = False,
    max_model_calls: MaxModelCalls = None,
    max_cost_usd: MaxCostUsd = None,
) -> None:
    """Carry every tag that has failed again, in one run, then write the report."""
    from datetime import UTC, datetime

    from judge_pipeline.automation.retry_failed import find_failed
    from judge_pipeline.automation.support.time_span import parse_since
    from judge_pipeline.cli.support.banner import print_banner
    from judge_pipeline.cli.support.dagster_home import dagster_instance, own_dagster_home
    from judge_pipeline.cli.support.retry import list_failures, retry
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read(**given_caps(max_model_calls, max_cost_usd))
    after = parse_since(since, now=datetime.now(UTC)) if since else None
    pipeline = make_resources(settings, log=terminal.say)
    print_banner(pipeline, terminal)
    with dagster_instance(own_dagster_home(settings.state_folder / "dagster_home")) as instance:
        failed = find_failed(pipeline, instance, since=after)
        list_failures(failed, terminal)
        if failed and not dry_run and not retry(failed, settings, pipeline, instance, terminal):
            raise typer.Exit(1)
