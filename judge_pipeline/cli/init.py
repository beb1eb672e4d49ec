"""`judge-pipeline init`: creates the ontology, dataset and project that the pipeline needs in an Encord account."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

LAYOUT = "editor_layout.json"


def init(
    title: Annotated[str, typer.Argument(help="The project's title; whatever already has this title is reused.")],
    workflow_template: Annotated[
        str, typer.Option(help="Id of the workflow template, which only Encord's web app can create.")
    ],
    images: Annotated[
        Path | None, typer.Option(help="Folder of JPEG, PNG, WebP, AVIF, BMP or TIFF files to upload and link.")
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Also take the images of its subfolders.")] = False,
    layout: Annotated[
        Path, typer.Option(help="File for the editor layout, which you upload in the project's settings.")
    ] = Path(LAYOUT),
) -> None:
    """Create a project with everything that the pipeline needs; safe to repeat, and free."""
    from importlib.resources import files

    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition import configured_connection, make_workflow_titles
    from judge_pipeline.domain.judge_ontology import JudgeOntology
    from judge_pipeline.encord_project.creation import ensure_folder, ensure_metadata_schema, ensure_project
    from judge_pipeline.encord_project.images import add_images
    from judge_pipeline.encord_project.project import EncordProject
    from judge_pipeline.local.pair.photographs import LeftOut, left_out_sentence, photographs
    from judge_pipeline.settings.settings import Settings

    terminal = Terminal()
    settings = Settings.read()
    connection = configured_connection(settings)
    left_out = LeftOut()
    found = photographs(images, recursive=recursive, left_out=left_out) if images else []
    if images and (sentence := left_out_sentence(images, left_out)):
        terminal.print(sentence)
    with _safe_to_repeat():
        ensure_metadata_schema(connection)
        project_hash, dataset_hash = ensure_project(connection, title=title, workflow_template_hash=workflow_template)
    project = EncordProject.open(connection, project_hash, make_workflow_titles(settings))
    JudgeOntology.of(project.ontology)
    if found:
        terminal.print(f"Uploading {len(found)} images")
        with _safe_to_repeat():
            folder_uuid = ensure_folder(connection, title)
            paths = {photograph.title: photograph.path for photograph in found}
            add_images(connection, folder_uuid=folder_uuid, dataset_hash=dataset_hash, files=paths)
    layout.write_bytes((files("judge_pipeline.local.pair") / LAYOUT).read_bytes())
    terminal.print(f"Project   {title!r}, with its ontology, dataset {dataset_hash} and metadata schema")
    terminal.print(f"Images    {len(project.snapshot().images)}")
    terminal.print(f"Layout    {layout}: upload it in the project's settings (Encord's SDK cannot)")
    terminal.print("Next:")
    terminal.print(f"  export ENCORD_PROJECT_HASH={project_hash}")
    terminal.print("  judge-pipeline doctor")


@contextmanager
def _safe_to_repeat() -> Iterator[None]:
    """Adds to a temporary error that running the command again completes the work."""
    from judge_pipeline.encord_project.errors import EncordError, EncordUnavailable, EncordUnreachable, StorageBusy

    try:
        yield
    except (EncordUnavailable, EncordUnreachable, StorageBusy) as error:
        raise EncordError(f"{error}; run the same command again, it completes what is missing") from None
