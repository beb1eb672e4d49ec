"""`judge-pipeline prune`: forgets the images that are gone from the project, and what is old."""

from typing import Annotated

import typer


def prune(
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            help="Also delete ended runs with their events, discarded answers and thumbnails of archived images that are older: "
            "30d, 2w, or an ISO time (UTC unless it has a zone).",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
) -> None:
    """Remove the partitions, failures and results of images that are no longer in the project; Encord stays unchanged."""
    from datetime import UTC, datetime

    from judge_pipeline.automation.support.pruning import delete_old_data, find_old_data
    from judge_pipeline.automation.support.time_span import parse_since
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.cli.support.gone_images import find_gone_images, print_gone_images, remove_gone_images
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read()
    before = parse_since(older_than, now=datetime.now(UTC)) if older_than else None
    pipeline = make_resources(settings, log=terminal.print)
    with dagster_instance(settings.dagster_home, settings.database_url) as instance:
        project = pipeline.open_project()
        terminal.print(f"Encord  {pipeline.connection.domain}, project {project.title!r} ({pipeline.project_hash})")
        with pipeline.open_store() as store:
            gone = find_gone_images(project.snapshot(), store, instance)
            print_gone_images(gone, terminal)
            is_complete = dry_run or not gone or remove_gone_images(gone, store, instance, terminal)
            if before:
                old = find_old_data(store, instance, pipeline.names, before=before)
                if not dry_run:
                    delete_old_data(old, store, instance)
                terminal.print(f"{'Would delete' if dry_run else 'Deleted'} {old}.")
                if old.problem:
                    terminal.print(old.problem, style="red")
            if not is_complete or (before and old.problem):
                raise typer.Exit(1)
