"""`judge-pipeline find`: from an image's name to its partition key, and back."""

from typing import Annotated

import typer


def find(
    name: Annotated[
        str, typer.Argument(help="Part of an image's name, in any case, or the beginning of a partition key.")
    ],
) -> None:
    """Print the partition key of each image with this name, where it stands, why it failed, and links; changes nothing."""
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.cli.support.found_images import find_images, print_images
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition.pipeline import make_resources
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read()
    pipeline = make_resources(settings, log=terminal.print)
    with dagster_instance(settings.dagster_home, settings.database_url) as instance:
        found = find_images(name, pipeline, instance, webserver_url=settings.dagster_webserver_url)
    print_images(name, found, terminal)
    if not found:
        raise typer.Exit(1)
