"""`judge-pipeline archive`: takes finished images out of Dagster's partitions."""

from typing import Annotated

import typer


def archive(
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            help="Only images that nothing has changed for so long: 30d, 2w, 12h, or since an ISO time (UTC unless it has a zone).",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be archived.")] = False,
) -> None:
    """Take finished images (Complete, Archive) out of Dagster's partitions; their results stay, in the report and exports too."""
    from datetime import UTC, datetime

    from judge_pipeline.assets.partitions import known_tags
    from judge_pipeline.automation.support.archiving import archive_tags, find_archivable
    from judge_pipeline.automation.support.pending_tags import MANY_TAGS
    from judge_pipeline.automation.support.time_span import parse_since
    from judge_pipeline.cli.support.dagster_home import dagster_instance
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
            found = find_archivable(project.snapshot(), store, instance, before=before, names=pipeline.names)
            if not dry_run:
                archive_tags(found, store, instance, pipeline.names)
        left = len(known_tags(instance, pipeline.names))
    what = (
        f"{len(found.tags)} finished images, {len(found.with_partition)} of them with a partition. Their results stay in the "
        "store, the report and the exports."
    )
    terminal.print(f"{'Would archive' if dry_run else 'Archived'} {what}" if found.tags else "Nothing to archive.")
    if found.recent:
        terminal.print(f"Left {found.recent} finished images that have changed since {before:%Y-%m-%d %H:%M} UTC.")
    if found.held:
        terminal.print(f"Left {found.held} finished images that a run is working on; run this again when it has ended.")
    terminal.print(f"{left:,} partitions in Dagster.")
    if left > MANY_TAGS and not dry_run:
        terminal.print(
            f"With more than {MANY_TAGS:,} partitions Dagster's pages become slow; finish images in Encord, then archive "
            "again",
            style="yellow",
        )
