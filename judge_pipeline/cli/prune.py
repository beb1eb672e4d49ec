"""`judge-pipeline prune`: forgets the images that are gone from the project."""

from typing import Annotated

import typer


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
) -> None:
    """Remove the partitions, failures and results of images that are no longer in the project; Encord stays unchanged."""
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.cli.support.gone_images import find_gone_images, print_gone_images, remove_gone_images
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read()
    pipeline = make_resources(settings, log=terminal.print)
    with dagster_instance(settings.dagster_home) as instance:
        project = pipeline.open_project()
        terminal.print(f"Encord  {pipeline.connection.domain}, project {project.title!r} ({pipeline.project_hash})")
        with pipeline.open_store() as store:
            gone = find_gone_images(project.snapshot(), store, instance)
            print_gone_images(gone, terminal)
            if gone and not dry_run and not remove_gone_images(gone, store, instance, terminal):
                raise typer.Exit(1)
