"""What the pipeline needs in an Encord account, created through the SDK: metadata schema, ontology, dataset and project.

Existing things are reused unchanged, so every call may be repeated, and is while Encord does not answer.
"""

from collections.abc import Sequence
from typing import Any

from encord import EncordUserClient
from encord.exceptions import AuthorisationError
from encord.objects import Classification, OntologyStructure
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.objects.options import NestableOption
from encord.orm.dataset import StorageLocation
from encord.project import Project

from judge_pipeline.domain.captioner import Captioner, DataType
from judge_pipeline.domain.data_group import ROWS, ProjectForm
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.retries import with_retries

CORRECTNESS = ("Very inaccurate", "Inaccurate", "Somewhat accurate", "Accurate", "Very accurate")
QUALITY = ("Very poor", "Poor", "Acceptable", "Good", "Very good")

PLURALS = {"project": "projects", "ontology": "ontologies", "dataset": "datasets"}


@with_retries
def ensure_metadata_schema(connection: Connection) -> None:
    """Declares `Tag` (uuid) and `Data Type` (one of three) for the organisation; existing keys are not changed."""
    with translated_errors("declaring metadata", domain=connection.domain):
        schema = connection.client().metadata_schema()
        if not schema.has_key("Tag"):
            schema.add_scalar("Tag", data_type="uuid")
        if not schema.has_key("Data Type"):
            schema.add_enum("Data Type", values=[data_type.value for data_type in DataType])
        schema.save()


def captions_ontology(
    structure: OntologyStructure | None = None,
    *,
    llm_8b: str = "LLM 8B",
    llm_16b: str = "LLM 16B",
    judge_choice: str = "LLM Judge Choice",
    final_choice: str = "Final Choice",
) -> OntologyStructure:
    """The seed notebook's four classifications, in its order; without titles of one's own also in its spelling."""
    structure = structure or OntologyStructure()
    _add_radio(structure, final_choice, ("LLM-8B", "LLM-16B"))
    for title in (llm_8b, llm_16b):
        _add_rubric(structure, title)
    _add_radio(structure, judge_choice, tuple(captioner.value for captioner in Captioner))
    return structure


@with_retries
def ensure_project(
    connection: Connection, *, title: str, workflow_template_hash: str, form: ProjectForm = ROWS
) -> tuple[str, str]:
    """A project with that workflow, an ontology and a dataset; returns the hashes of the project and the dataset.

    A project, ontology or dataset with the title is reused unchanged.

    Raises:
        ProjectMismatch: several projects, ontologies or datasets have the title, or the project has no dataset.
        EncordError: Encord refused; what was created before stays.
    """
    with translated_errors(f"creating the project {title!r}", domain=connection.domain):
        client = connection.client()
        if found := only_one(client.get_projects(title_eq=title), "project", title):
            return _hashes_of(client.get_project(found["project"].project_hash))
        dataset_hash = find_or_create_dataset(client, f"{title}: images and captions")
        project_hash = client.create_project(
            title,
            [dataset_hash],
            form.description,
            ontology_hash=_ontology(client, f"{title}: ontology"),
            workflow_template_hash=workflow_template_hash,
        )
        return project_hash, dataset_hash


@with_retries
def ensure_folder(connection: Connection, title: str) -> str:
    """The uuid of the storage folder with this title, created if it does not exist."""
    with translated_errors(f"creating the folder {title!r}", domain=connection.domain):
        client = connection.client()
        found = [folder for folder in client.find_storage_folders(search=title) if folder.name == title]
        return str((found[0] if found else client.create_storage_folder(title)).uuid)


@with_retries
def ensure_text_classification(connection: Connection, project_hash: str, title: str) -> None:
    """Adds a text classification to the project's ontology unless it has one with this title."""
    with translated_errors(f"adding the classification {title!r}", domain=connection.domain):
        client = connection.client()
        ontology = client.get_ontology(client.get_project(project_hash).ontology_hash)
        if all(classification.title != title for classification in ontology.structure.classifications):
            ontology.structure.add_classification().add_attribute(TextAttribute, title)
            ontology.save()


@with_retries
def project_exists(connection: Connection, project_hash: str) -> bool:
    """Whether the key's user can see this project."""
    with translated_errors("looking for a project", domain=connection.domain):
        try:
            connection.client().get_project(project_hash)
        except AuthorisationError:
            return False
        return True


def _hashes_of(project: Project) -> tuple[str, str]:
    datasets = [str(dataset.dataset_hash) for dataset in project.list_datasets()]
    if not datasets:
        raise ProjectMismatch(f"the project {project.title!r} exists but has no dataset; attach one in Encord")
    return str(project.project_hash), datasets[0]


def _ontology(client: EncordUserClient, title: str) -> str:
    if found := only_one(client.get_ontologies(title_eq=title), "ontology", title):
        return str(found["ontology"].ontology_hash)
    purpose = "Two captions, the judge's ruling and the person's choice"
    return str(client.create_ontology(title, purpose, captions_ontology()).ontology_hash)


def find_or_create_dataset(client: EncordUserClient, title: str) -> str:
    """The hash of the dataset with this title."""
    if found := only_one(client.get_datasets(title_eq=title), "dataset", title):
        return str(found["dataset"].dataset_hash)
    return client.create_dataset(title, StorageLocation.CORD_STORAGE, create_backing_folder=False).dataset_hash


def only_one(found: Sequence[dict[str, Any]], kind: str, title: str) -> dict[str, Any] | None:
    """The only project, ontology or dataset with this title; None if there is none. Raises `ProjectMismatch` for several."""
    if len(found) > 1:
        raise ProjectMismatch(
            f"there are {len(found)} {PLURALS[kind]} {title!r}; rename all but one in Encord, or choose another title"
        )
    return found[0] if found else None


def _add_radio(structure: OntologyStructure, title: str, options: Sequence[str]) -> RadioAttribute:
    classification: Classification = structure.add_classification()
    radio = classification.add_attribute(RadioAttribute, title)
    for option in options:
        radio.add_option(option)
    return radio


def _add_rubric(structure: OntologyStructure, title: str) -> None:
    available: NestableOption = _add_radio(structure, title, ("Answer available", "Answer not available")).options[0]
    for criterion, grades in (("Correctness Score", CORRECTNESS), ("Quality Score", QUALITY)):
        nested = available.add_nested_attribute(RadioAttribute, criterion)
        for grade in grades:
            nested.add_option(grade)
    available.add_nested_attribute(TextAttribute, "Improvement suggestion")
