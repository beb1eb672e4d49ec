"""`judge-pipeline init`: creates the ontology, dataset and project that the pipeline needs in an Encord account."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge_pipeline.cli.support.settings_options import EnvFile

if TYPE_CHECKING:
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.encord_project.set_up import SetUpPlan

LAYOUT = "editor_layout.json"


class Form(StrEnum):
    """How an image and its captions are kept in the project."""

    ROWS = "rows"
    GROUPS = "groups"


def init(
    title: Annotated[str, typer.Argument(help="The project's title; whatever already has this title is reused.")],
    workflow_template: Annotated[
        str | None,
        typer.Option(
            help="Id of the workflow template, which only Encord's web app can create; not needed if the project exists."
        ),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of JPEG, PNG, WebP, AVIF, BMP or TIFF files to upload and link.")
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Also take the images of its subfolders.")] = False,
    layout: Annotated[
        Path, typer.Option(help="File for the editor layout, which you upload in the project's settings.")
    ] = Path(LAYOUT),
    form: Annotated[
        Form | None,
        typer.Option(
            help="rows: each image is a row next to the rows of its captions. groups: each image is one data group with "
            "its captions, which Encord's support has to enable.",
            show_default="that of the existing project, otherwise rows",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what exists and what would be created; writes nothing.")
    ] = False,
    env_file: EnvFile = None,
) -> None:
    """Create a project with everything that the pipeline needs; safe to repeat, and free."""
    from dataclasses import asdict
    from importlib.resources import files

    from judge_pipeline.cli.support.env_template import write_env_file
    from judge_pipeline.cli.support.page_steps import layout_steps, workflow_steps
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.composition.connections import configured_connection
    from judge_pipeline.composition.pipeline import make_ontology_titles, make_workflow_titles
    from judge_pipeline.encord_project.creation import ensure_folder
    from judge_pipeline.encord_project.images import add_images
    from judge_pipeline.encord_project.project import EncordProject
    from judge_pipeline.encord_project.set_up import Wanted, check_template_hash, plan_set_up, set_up
    from judge_pipeline.local.pair.photographs import LeftOut, left_out_sentence, photographs
    from judge_pipeline.settings.settings import Settings, SettingsError

    terminal = Terminal()
    settings = Settings.read()
    connection = configured_connection(settings)
    left_out = LeftOut()
    found = photographs(images, recursive=recursive, left_out=left_out) if images else []
    if images and (sentence := left_out_sentence(images, left_out)):
        terminal.print(sentence)
    if not layout.parent.is_dir():
        raise SettingsError(f"--layout {str(layout)!r}: the folder {str(layout.parent)!r} does not exist; create it")
    if workflow_template is not None:
        check_template_hash(title, workflow_template)
    ontology_titles = make_ontology_titles(settings)
    wanted = Wanted(
        title=title,
        workflow_titles=make_workflow_titles(settings),
        ontology_titles=asdict(ontology_titles),
        check_ontology=ontology_titles.roles_in,
        description=settings.agent_classification,
        has_groups=None if form is None else form is Form.GROUPS,
    )
    plan = plan_set_up(connection, wanted)
    if plan.found is None and workflow_template is None:
        for line in workflow_steps(connection.app_url, wanted.workflow_titles):
            terminal.print(line)
        raise SettingsError(
            f"no project has the title {title!r}, and a new one takes a workflow template: build it as shown, then give its "
            "id as --workflow-template"
        )
    if dry_run:
        terminal.print(f"Encord    {connection.domain}")
        _print_plan(plan, terminal, images=len(found), workflow_template=workflow_template)
        return
    with _safe_to_repeat():
        project_hash, dataset_hash = set_up(connection, plan, wanted, workflow_template_hash=workflow_template or "")
    project = EncordProject.open(connection, project_hash, wanted.workflow_titles)
    ontology_titles.roles_in(project.ontology)
    if found:
        terminal.print(f"Uploading {len(found)} images")
        with _safe_to_repeat():
            waiting = project.form.images_folder
            add_images(
                connection,
                folder_uuid=str(waiting) if waiting else ensure_folder(connection, title),
                dataset_hash=None if waiting else dataset_hash,
                files={photograph.title: photograph.path for photograph in found},
            )
    terminal.print(f"Project   {title!r}, with its ontology, dataset {dataset_hash} and metadata schema")
    terminal.print(f"Page      {connection.project_url(project_hash)}")
    terminal.print(f"Images    {len(project.snapshot().images)}")
    terminal.print(f"Form      {project.form}")
    if not project.form.has_groups:
        layout.write_bytes((files("judge_pipeline.local.pair") / LAYOUT).read_bytes())
        terminal.print(f"Layout    {layout}")
        for line in layout_steps(connection.project_url(project_hash), layout):
            terminal.print(line)
    write_env_file(settings, project_hash, terminal, env_file=env_file)
    terminal.print("Next:")
    terminal.print("  judge-pipeline doctor")


def _print_plan(plan: "SetUpPlan", terminal: "Terminal", *, images: int, workflow_template: str | None) -> None:
    for word, parts in (("Exists", plan.exists), ("Missing", plan.missing)):
        for part in parts:
            terminal.print(f"{word:<10}{part}")
    if images:
        terminal.print(f"Upload    {images} images, except those that are there already")
    if plan.found is None:
        terminal.print(
            f"Template  {workflow_template}: not checked, because only a project made from it shows its stages"
        )
    terminal.print("Nothing was written.")


@contextmanager
def _safe_to_repeat() -> Iterator[None]:
    """Adds to a temporary error that running the command again completes the work."""
    from judge_pipeline.encord_project.errors import EncordError, EncordUnavailable, EncordUnreachable, StorageBusy

    try:
        yield
    except (EncordUnavailable, EncordUnreachable, StorageBusy) as error:
        raise EncordError(f"{error}; run the same command again, it completes what is missing") from None
