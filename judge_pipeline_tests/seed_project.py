"""The project that the judge notebook requires, created through the official SDK on a local Encord."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from encord import EncordUserClient, Project
from encord.objects import OntologyStructure
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.objects.options import NestableOption
from encord.orm.dataset import StorageLocation

from judge_pipeline.domain.data_group import ProjectForm
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline_tests.servers import LocalEncord

WORKFLOW_TEMPLATE: dict[str, Any] = {
    "uuid": "5eed0000-0000-4000-8000-000000000001",
    "title": "LLM as a judge",
    "start": "LLM1",
    "stages": [
        {"title": "LLM1", "kind": "agent", "pathways": [{"name": "First caption", "to": "LLM2"}]},
        {"title": "LLM2", "kind": "agent", "pathways": [{"name": "Second caption", "to": "LLM as Judge"}]},
        {"title": "LLM as Judge", "kind": "agent", "pathways": [{"name": "LLM Ruling", "to": "Human Review"}]},
        {"title": "Human Review", "kind": "review", "approve": "Complete", "reject": "Archive"},
        {"title": "Complete", "kind": "complete"},
        {"title": "Archive", "kind": "archive"},
    ],
}

SEED_ONTOLOGY_TITLES = ("Final Choice", "LLM 8B", "LLM 16B", "LLM Judge Choice")
CORRECTNESS = ("Very inaccurate", "Inaccurate", "Somewhat accurate", "Accurate", "Very accurate")
QUALITY = ("Very poor", "Poor", "Acceptable", "Good", "Very good")


def seed_ontology() -> OntologyStructure:
    """The four classifications of the notebook, in its order."""
    structure = OntologyStructure()
    _add_choice(structure, "Final Choice", ("LLM-8B", "LLM-16B"))
    for captioner in ("LLM 8B", "LLM 16B"):
        available, _ = _add_choice(structure, captioner, ("Answer available", "Answer not available"))
        for title, options in (("Correctness Score", CORRECTNESS), ("Quality Score", QUALITY)):
            score = available.add_nested_attribute(RadioAttribute, title)
            for option in options:
                score.add_option(option)
        available.add_nested_attribute(TextAttribute, "Improvement suggestion")
    _add_choice(structure, "LLM Judge Choice", ("LLM 8B", "LLM 16B"))
    return structure


def _add_choice(structure: OntologyStructure, title: str, options: Sequence[str]) -> list[NestableOption]:
    attribute = structure.add_classification().add_attribute(RadioAttribute, title)
    return [attribute.add_option(option) for option in options]


@dataclass(frozen=True)
class SeedProject:
    """The uuids of a seed project and its parts."""

    server: LocalEncord
    project_hash: str
    dataset_hash: str
    folder_uuid: UUID
    ontology_hash: str
    has_groups: bool = False
    """Whether each Tag is a data group: images are not linked before their captions."""

    @property
    def connection(self) -> Connection:
        """The connection for the pipeline's own code."""
        return Connection(self.server.url, self.server.private_key_text)

    def client(self) -> EncordUserClient:
        """The SDK as the project's owner."""
        return self.server.client()

    def project(self) -> Project:
        """The project, freshly read."""
        return self.client().get_project(self.project_hash)

    def add_images(self, paths: Sequence[Path]) -> list[UUID]:
        """Upload photographs and link them; returns the storage items' uuids in the order of `paths`."""
        client = self.client()
        folder = client.get_storage_folder(self.folder_uuid)
        items = [folder.upload_image(path, title=path.name) for path in paths]
        if self.has_groups:
            return items
        client.get_dataset(self.dataset_hash, include_data_rows=False).link_items(items)
        return items

    def unlink_images(self, *titles: str) -> None:
        """Unlinks images from the dataset, as a person does on Encord's pages."""
        dataset = self.client().get_dataset(self.dataset_hash)
        dataset.delete_data([row.uid for row in dataset.list_data_rows() if row.title in titles])


def create_seed_project(
    server: LocalEncord,
    *,
    is_mirror: bool = False,
    template: dict[str, Any] = WORKFLOW_TEMPLATE,
    has_groups: bool = False,
) -> SeedProject:
    """Creates workflow template, ontology, dataset, storage folder and project; a mirror dataset has its own folder."""
    server.control("POST", "workflow-templates", json=template)
    client = server.client()
    ontology = client.create_ontology("Captions", structure=seed_ontology())
    dataset = client.create_dataset("Photographs", StorageLocation.CORD_STORAGE, create_backing_folder=is_mirror)
    folder_uuid = dataset.backing_folder_uuid or client.create_storage_folder("Photographs").uuid
    project_hash = client.create_project(
        "LLM as a judge",
        [dataset.dataset_hash],
        ProjectForm(UUID(str(folder_uuid)) if has_groups else None).description,
        ontology_hash=ontology.ontology_hash,
        workflow_template_hash=template["uuid"],
    )
    return SeedProject(
        server=server,
        project_hash=project_hash,
        dataset_hash=dataset.dataset_hash,
        folder_uuid=UUID(str(folder_uuid)),
        ontology_hash=ontology.ontology_hash,
        has_groups=has_groups,
    )
