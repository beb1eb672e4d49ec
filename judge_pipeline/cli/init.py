"""`judge-pipeline init`: the ontology, dataset and project that the pipeline needs, made in an Encord account."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

LAYOUT = "editor_layout.json"


def init(
    title: Annotated[str, typer.Argument(help="The project's title; what is there by it already is taken as it is.")],
    workflow_template: Annotated[
        str, typer.Option(help="Id of the workflow template; it can only be drawn in Encord's own pages.")
    ],
    images: Annotated[
        Path | None, typer.Option(help="Folder of JPEG, PNG or WebP files to upload and link as well.")
    ] = None,
    layout: Annotated[
        Path, typer.Option(help="Where to write the editor's layout, for you to upload in the project's settings.")
    ] = Path(LAYOUT),
) -> None:
    """Make a project with all that the pipeline needs; may be repeated, makes nothing twice, costs nothing."""
    from importlib.resources import files

    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import own_connection
    from judge_pipeline.domain.judge_ontology import JudgeOntology
    from judge_pipeline.encord_project.creation import ensure_folder, ensure_metadata_schema, ensure_project
    from judge_pipeline.encord_project.images import add_images
    from judge_pipeline.encord_project.project import EncordProject
    from judge_pipeline.local.pair.photographs import photographs
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    connection = own_connection(Settings.read())
    paths = [photograph.path for photograph in photographs(images)] if images else []
    with _completed_by_the_same_command():
        ensure_metadata_schema(connection)
        project_hash, dataset_hash = ensure_project(connection, title=title, workflow_template_hash=workflow_template)
    project = EncordProject.open(connection, project_hash)
    JudgeOntology.of(project.ontology)
    if paths:
        terminal.say(f"uploading {len(paths)} images")
        with _completed_by_the_same_command():
            folder_uuid = ensure_folder(connection, title)
            add_images(connection, folder_uuid=folder_uuid, dataset_hash=dataset_hash, paths=paths)
    layout.write_bytes((files("judge_pipeline.local.pair") / LAYOUT).read_bytes())
    terminal.say(f"Project   {title!r}, its ontology, dataset {dataset_hash} and metadata schema are there")
    terminal.say(f"Images    {len(project.snapshot().images)}")
    terminal.say(f"Layout    {layout}: upload it in the project's settings, Encord's SDK cannot")
    terminal.say("Next:")
    terminal.say(f"  export ENCORD_PROJECT_HASH={project_hash}")
    terminal.say("  judge-pipeline doctor")


@contextmanager
def _completed_by_the_same_command() -> Iterator[None]:
    """Says of what may pass by itself that nothing is lost with it."""
    from judge_pipeline.encord_project.errors import EncordError, EncordUnavailable, EncordUnreachable, StorageBusy

    try:
        yield
    except (EncordUnavailable, EncordUnreachable, StorageBusy) as error:
        raise EncordError(f"{error}; what is made stays, and the same command completes it") from None
