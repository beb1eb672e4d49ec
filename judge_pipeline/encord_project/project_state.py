"""A project as it is, whether or not the pipeline can work on it: what `doctor` and `init` compare with what is needed."""

from dataclasses import dataclass
from uuid import UUID

from encord import EncordUserClient

from judge_pipeline.domain.data_group import ProjectForm
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.workflow import Workflow, WorkflowMismatch, WorkflowTitles
from judge_pipeline.encord_project import stages
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.retries import with_retries

METADATA_KEYS = ("Tag", "Data Type")


@dataclass(frozen=True, slots=True)
class ProjectState:
    """`workflow` is None if it does not fit, and `workflow_problem` says why; the same for the ontology if it cannot be read.

    A project `is_bare` whose ontology has neither classifications nor objects: Encord has just made it.
    """

    project_hash: str
    title: str
    url: str
    inactive_reason: str | None
    workflow: Workflow | None
    workflow_problem: str
    ontology_hash: str
    ontology: Ontology | None
    ontology_problem: str
    is_bare: bool
    datasets: tuple[str, ...]
    form: ProjectForm


@with_retries
def read_project_state(connection: Connection, project_hash: str, titles: WorkflowTitles) -> ProjectState:
    """Reads a project without judging it; three requests.

    Raises:
        EncordError: it cannot be read.
    """
    check_project_hash(project_hash)
    with translated_errors(f"opening project {project_hash}", domain=connection.domain):
        return state_of(connection, connection.client(), project_hash, titles)


def state_of(
    connection: Connection, client: EncordUserClient, project_hash: str, titles: WorkflowTitles
) -> ProjectState:
    """The same with an open client, as a part of a larger call."""
    project = client.get_project(project_hash)
    found = client.get_ontology(project.ontology_hash)
    editor = found.structure.to_dict()
    workflow, workflow_problem, ontology, ontology_problem = None, "", None, ""
    try:
        workflow = stages.workflow_of(project, titles)
    except WorkflowMismatch as mismatch:
        workflow_problem = str(mismatch)
    try:
        ontology = Ontology.read(found.title, editor)
    except ValueError as error:
        ontology_problem = f"ontology {found.title!r} cannot be read: {error}"
    return ProjectState(
        project_hash=str(project.project_hash),
        title=project.title,
        url=connection.project_url(str(project.project_hash)),
        inactive_reason=stages.inactive_reason(project),
        workflow=workflow,
        workflow_problem=workflow_problem,
        ontology_hash=str(project.ontology_hash),
        ontology=ontology,
        ontology_problem=ontology_problem,
        is_bare=not (editor.get("classifications") or editor.get("objects")),
        datasets=tuple(str(dataset.dataset_hash) for dataset in project.list_datasets()),
        form=ProjectForm.of(project.description),
    )


def check_project_hash(project_hash: str) -> None:
    """Raises `ProjectMismatch` for what cannot be a project's id, without a request."""
    try:
        UUID(project_hash)
    except ValueError:
        raise ProjectMismatch(
            f"ENCORD_PROJECT_HASH is {project_hash!r}, expected a project id such as 0f1d2c3b-…; copy it from the project's URL"
        ) from None


@with_retries
def undeclared_metadata_keys(connection: Connection) -> list[str]:
    """Which of the two keys the organisation's metadata schema lacks; one request."""
    with translated_errors("reading the metadata schema", domain=connection.domain):
        schema = connection.client().metadata_schema()
        return [key for key in METADATA_KEYS if not schema.has_key(key)]


@with_retries
def visible_projects(connection: Connection) -> list[str]:
    """The titles of all projects that the key's user can open; one request."""
    with translated_errors("listing projects", domain=connection.domain):
        return [str(found["project"].title) for found in connection.client().get_projects()]
