"""A project of one's own, set up for the pipeline: what is there is compared first, and only what is missing is created.

Encord's API shows the workflow of a project and none of a template, so the project is made first of all, without data; if its
workflow does not fit, it is removed again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from encord.exceptions import EncordException
from encord.orm.project import Project as ProjectRecord

from judge_pipeline.domain.data_group import ProjectForm
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.ontology import AttributeKind, Ontology
from judge_pipeline.domain.workflow import WorkflowTitles
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.creation import (
    captions_ontology,
    ensure_folder,
    ensure_metadata_schema,
    ensure_text_classification,
    find_or_create_dataset,
    only_one,
)
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.project_state import ProjectState, state_of, undeclared_metadata_keys
from judge_pipeline.encord_project.retries import with_retries


@dataclass(frozen=True, slots=True)
class Wanted:
    """The project to set up: its title, and the titles in it. `check_ontology` raises `OntologyMismatch`.

    `has_groups` says whether each Tag is a data group; None takes the form of a project that exists, and rows for a new one.
    """

    title: str
    workflow_titles: WorkflowTitles
    ontology_titles: Mapping[str, str]
    check_ontology: Callable[[Ontology], object]
    description: str
    has_groups: bool | None = None

    @property
    def ontology(self) -> str:
        """The title of the ontology that is made."""
        return f"{self.title}: ontology"

    @property
    def dataset(self) -> str:
        """The title of the dataset that is made."""
        return f"{self.title}: images and captions"


@dataclass(frozen=True, slots=True)
class SetUpPlan:
    """What is there, and what `set_up` would create. `found` is the project with the title, if there is one."""

    found: ProjectState | None
    exists: tuple[str, ...]
    missing: tuple[str, ...]


@with_retries
def plan_set_up(connection: Connection, wanted: Wanted) -> SetUpPlan:
    """Compares what is there with what is wanted; writes nothing.

    Raises:
        ProjectMismatch: a project with the title exists and does not fit, or several have the title.
        EncordError: Encord refused or failed.
    """
    undeclared = undeclared_metadata_keys(connection)
    with translated_errors(f"looking for the project {wanted.title!r}", domain=connection.domain):
        client = connection.client()
        found = only_one(client.get_projects(title_eq=wanted.title), "project", wanted.title)
        project_hash = str(found["project"].project_hash) if found else ""
        state = state_of(connection, client, project_hash, wanted.workflow_titles) if found else None
    if state and (problems := _problems(state, wanted)):
        raise ProjectMismatch(
            f"the project {wanted.title!r} exists and does not fit: {'; '.join(problems)}. Correct it at {state.url}, or "
            "choose another title; nothing was changed"
        )
    parts = {
        **({f"storage folder {wanted.title!r}": state is not None} if wanted.has_groups else {}),
        f"project {wanted.title!r}": state is not None,
        f"ontology {(state.ontology.title if state and state.ontology else wanted.ontology)!r}": bool(
            state and not state.is_bare
        ),
        f"classification {wanted.description!r}, which the editor's agent answers": bool(
            state and state.ontology and _has(state.ontology, wanted.description)
        ),
        "dataset" if state and state.datasets else f"dataset {wanted.dataset!r}": bool(state and state.datasets),
        "metadata keys Tag and Data Type": not undeclared,
    }
    return SetUpPlan(
        state,
        exists=tuple(part for part, is_there in parts.items() if is_there),
        missing=tuple(part for part, is_there in parts.items() if not is_there),
    )


def set_up(
    connection: Connection, plan: SetUpPlan, wanted: Wanted, *, workflow_template_hash: str = ""
) -> tuple[str, str]:
    """Creates what the plan lacks; returns the hashes of the project and of its dataset. May be repeated with a new plan.

    Raises:
        ProjectMismatch: the workflow of the template does not fit; nothing is left but an empty ontology, which the next
            attempt uses.
        EncordError: Encord refused or failed.
    """
    state = plan.found or _create_fitting_project(connection, wanted, workflow_template_hash)
    if state.is_bare:
        _fill_ontology(connection, state.ontology_hash, wanted)
    dataset_hash = state.datasets[0] if state.datasets else _attach_dataset(connection, state.project_hash, wanted)
    ensure_metadata_schema(connection)
    ensure_text_classification(connection, state.project_hash, wanted.description)
    return state.project_hash, dataset_hash


def check_template_hash(title: str, workflow_template_hash: str) -> None:
    """Raises `ProjectMismatch` for what cannot be a workflow template's id, without a request."""
    try:
        UUID(workflow_template_hash)
    except ValueError:
        raise ProjectMismatch(
            f"creating the project {title!r} takes the id of a workflow template, such as 0f1d2c3b-…, and "
            f"{workflow_template_hash!r} is not one; copy it from the template's page in Encord"
        ) from None


def _problems(state: ProjectState, wanted: Wanted) -> list[str]:
    problems = [f"its workflow: {state.workflow_problem}"] if state.workflow_problem else []
    if wanted.has_groups not in (None, state.form.has_groups):
        problems.append(
            f"in it, {state.form}, and only a new project can get another form (its description says which it has)"
        )
    if state.ontology_problem:
        problems.append(state.ontology_problem)
    elif state.ontology and not state.is_bare:
        try:
            wanted.check_ontology(state.ontology)
        except OntologyMismatch as mismatch:
            problems.append(str(mismatch))
        problems += [
            f"classification {each.title!r} is of kind {each.root.kind}, and the editor's agent answers a text; set "
            "AGENT_CLASSIFICATION to another title"
            for each in state.ontology.classifications
            if each.title == wanted.description and each.root.kind is not AttributeKind.TEXT
        ]
    return problems


def _has(ontology: Ontology, title: str) -> bool:
    return any(classification.title == title for classification in ontology.classifications)


@with_retries
def _create_fitting_project(connection: Connection, wanted: Wanted, template: str) -> ProjectState:
    """A project without data; a moment ago there was none with the title, so one that is found was made by a lost attempt."""
    folder = ensure_folder(connection, wanted.title) if wanted.has_groups else None
    with translated_errors(f"creating the project {wanted.title!r}", domain=connection.domain):
        client = connection.client()
        found = only_one(client.get_projects(title_eq=wanted.title), "project", wanted.title)
        form = ProjectForm(UUID(folder) if folder else None)
        earlier = only_one(client.get_ontologies(title_eq=wanted.ontology), "ontology", wanted.ontology)
        project_hash = (
            str(found["project"].project_hash)
            if found
            else client.create_project(
                wanted.title,
                [],
                form.description,
                ontology_hash=str(earlier["ontology"].ontology_hash) if earlier else "",
                workflow_template_hash=template,
            )
        )
        state = state_of(connection, client, project_hash, wanted.workflow_titles)
    if problems := _problems(state, wanted):
        rest = _removed(connection, state, wanted) if not state.datasets else f"the project is at {state.url}"
        raise ProjectMismatch(
            f"a project made from workflow template {template} does not fit: {'; '.join(problems)}; {rest}"
        )
    return state


def _removed(connection: Connection, state: ProjectState, wanted: Wanted) -> str:
    """Removes the empty project that a misfit template has made; says what is left."""
    with translated_errors(f"removing the project {wanted.title!r}", domain=connection.domain):
        client = connection.client()
        if state.is_bare:  # there is no call that deletes an ontology, so the next attempt takes it
            ontology = client.get_ontology(state.ontology_hash)
            ontology.title = wanted.ontology
            ontology.save()
        try:
            client.querier.basic_delete(ProjectRecord, uid=state.project_hash)
        except EncordException:
            return f"delete the empty project that Encord made from it at {state.url}, or correct its workflow there"
    return "no project was created, and nothing was uploaded"


@with_retries
def _fill_ontology(connection: Connection, ontology_hash: str, wanted: Wanted) -> None:
    with translated_errors(f"filling the ontology {wanted.ontology!r}", domain=connection.domain):
        ontology = connection.client().get_ontology(ontology_hash)
        if not ontology.structure.classifications:
            captions_ontology(ontology.structure, **wanted.ontology_titles)
            ontology.title = wanted.ontology
            ontology.save()


@with_retries
def _attach_dataset(connection: Connection, project_hash: str, wanted: Wanted) -> str:
    with translated_errors(f"attaching the dataset {wanted.dataset!r}", domain=connection.domain):
        client = connection.client()
        project = client.get_project(project_hash)
        if attached := [str(dataset.dataset_hash) for dataset in project.list_datasets()]:
            return attached[0]
        dataset_hash = find_or_create_dataset(client, wanted.dataset)
        project.add_datasets([dataset_hash])
        return dataset_hash
