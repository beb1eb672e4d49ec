"""What the pipeline needs in an Encord account, made through the SDK: metadata schema, ontology, dataset and project."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from encord import EncordUserClient
from encord.exceptions import AuthorisationError
from encord.objects import Classification, OntologyStructure
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.objects.options import NestableOption
from encord.orm.dataset import DataLinkDuplicatesBehavior, StorageLocation

from judge_pipeline.domain.captioner import Captioner, DataType
from judge_pipeline.encord_project.errors import ProjectMismatch

CORRECTNESS = ("Very inaccurate", "Inaccurate", "Somewhat accurate", "Accurate", "Very accurate")
QUALITY = ("Very poor", "Poor", "Acceptable", "Good", "Very good")


def ensure_metadata_schema(client: EncordUserClient) -> None:
    """Declares `Tag` (uuid) and `Data Type` (one of three) for the organisation; keys that are there stay as they are."""
    schema = client.metadata_schema()
    if not schema.has_key("Tag"):
        schema.add_scalar("Tag", data_type="uuid")
    if not schema.has_key("Data Type"):
        schema.add_enum("Data Type", values=[data_type.value for data_type in DataType])
    schema.save()


def captions_ontology() -> OntologyStructure:
    """The seed notebook's four classifications, in its order and spelling."""
    structure = OntologyStructure()
    _add_radio(structure, "Final Choice", ("LLM-8B", "LLM-16B"))
    for captioner in Captioner:
        _add_rubric(structure, captioner.value)
    _add_radio(structure, "LLM Judge Choice", tuple(captioner.value for captioner in Captioner))
    return structure


def ensure_project(client: EncordUserClient, *, title: str, workflow_template_hash: str) -> tuple[str, str]:
    """A project of that workflow, with an ontology and a dataset of its own; returns the project's and the dataset's hash.

    What is there by its title already is taken as it is, so an interrupted call can be repeated.

    Raises:
        ProjectMismatch: there are several projects, ontologies or datasets of that title, or the project has no dataset.
    """
    if found := _only(client.get_projects(title_eq=title), "project", title):
        project = client.get_project(found["project"].project_hash)
        datasets = [str(dataset.dataset_hash) for dataset in project.list_datasets()]
        if not datasets:
            raise ProjectMismatch(f"the project {title!r} is there and has no dataset; attach one in Encord")
        return str(project.project_hash), datasets[0]
    ontology_title, dataset_title = f"{title}: ontology", f"{title}: images and captions"
    if found := _only(client.get_ontologies(title_eq=ontology_title), "ontology", ontology_title):
        ontology_hash = found["ontology"].ontology_hash
    else:
        purpose = "Two captions, the judge's ruling and the person's choice"
        ontology_hash = client.create_ontology(ontology_title, purpose, captions_ontology()).ontology_hash
    if found := _only(client.get_datasets(title_eq=dataset_title), "dataset", dataset_title):
        dataset_hash = found["dataset"].dataset_hash
    else:
        dataset_hash = client.create_dataset(
            dataset_title, StorageLocation.CORD_STORAGE, create_backing_folder=False
        ).dataset_hash
    project_hash = client.create_project(
        title, [dataset_hash], ontology_hash=ontology_hash, workflow_template_hash=workflow_template_hash
    )
    return project_hash, dataset_hash


def ensure_folder(client: EncordUserClient, title: str) -> str:
    """The uuid of the storage folder of this title, made where there is none."""
    found = [folder for folder in client.find_storage_folders(search=title) if folder.name == title]
    return str((found[0] if found else client.create_storage_folder(title)).uuid)


def add_images(
    client: EncordUserClient, *, folder_uuid: str, dataset_hash: str, paths: Sequence[Path]
) -> dict[str, str]:
    """Uploads image files to a storage folder and links them; returns each file name's item uuid.

    A file whose name is in the folder already is not uploaded again, so an interrupted call can be repeated.
    """
    folder = client.get_storage_folder(folder_uuid)
    present = {item.name: str(item.uuid) for item in folder.list_items(page_size=1000)}
    for path in paths:
        if path.name not in present:
            present[path.name] = str(folder.upload_image(path, title=path.name))
    wanted = {path.name: present[path.name] for path in paths}
    dataset = client.get_dataset(dataset_hash, include_data_rows=False)
    dataset.link_items(list(wanted.values()), DataLinkDuplicatesBehavior.SKIP)  # type: ignore[arg-type]
    return wanted


def ensure_text_classification(client: EncordUserClient, project_hash: str, title: str) -> None:
    """Adds a text classification to the project's ontology, unless one of this title is there."""
    ontology = client.get_ontology(client.get_project(project_hash).ontology_hash)
    if all(classification.title != title for classification in ontology.structure.classifications):
        ontology.structure.add_classification().add_attribute(TextAttribute, title)
        ontology.save()


def _only(found: Sequence[dict[str, Any]], what: str, title: str) -> dict[str, Any] | None:
    if len(found) > 1:
        raise ProjectMismatch(
            f"there are {len(found)} {what}s {title!r}; rename all but one in Encord, or choose another title"
        )
    return found[0] if found else None


def project_exists(client: EncordUserClient, project_hash: str) -> bool:
    """Whether the key's user can see this project."""
    try:
        client.get_project(project_hash)
    except AuthorisationError:
        return False
    return True


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
