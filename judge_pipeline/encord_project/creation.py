"""What the pipeline needs in an Encord account, made through the SDK: metadata schema, ontology, dataset and project."""

from collections.abc import Sequence
from pathlib import Path

from encord import EncordUserClient
from encord.exceptions import AuthorisationError
from encord.objects import Classification, OntologyStructure
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.objects.options import NestableOption
from encord.orm.dataset import DataLinkDuplicatesBehavior, StorageLocation

from judge_pipeline.domain.captioner import Captioner, DataType

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


def create_project(client: EncordUserClient, *, title: str, workflow_template_hash: str) -> tuple[str, str]:
    """An ontology, a dataset and a project of that workflow; returns the project's and the dataset's hash."""
    ontology = client.create_ontology(
        f"{title}: ontology", "Two captions, the judge's ruling and the person's choice", captions_ontology()
    )
    dataset = client.create_dataset(
        f"{title}: images and captions", StorageLocation.CORD_STORAGE, create_backing_folder=False
    )
    project_hash = client.create_project(
        title,
        [dataset.dataset_hash],
        ontology_hash=ontology.ontology_hash,
        workflow_template_hash=workflow_template_hash,
    )
    return project_hash, dataset.dataset_hash


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
