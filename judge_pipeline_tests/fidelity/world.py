"""What demonstrations work on: a seed project on a local Encord, and new data in it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

from encord import Dataset, EncordUserClient, Project
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.ontology import Ontology
from encord.orm.dataset import StorageLocation
from encord.storage import StorageFolder, StorageItem
from encord.workflow import AgentStage, AnnotationStage, ReviewStage
from encord.workflow.stages.agent import AgentTask
from PIL import Image

from judge_pipeline_tests.seed_project import SeedProject

COLLEAGUE = "colleague@example.com"


@dataclass(frozen=True)
class World:
    """A seed project through one client of the SDK."""

    seed: SeedProject
    files: Path

    @cached_property
    def client(self) -> EncordUserClient:
        return self.seed.client()

    @property
    def project(self) -> Project:
        return self.client.get_project(self.seed.project_hash)

    @property
    def dataset(self) -> Dataset:
        return self.client.get_dataset(self.seed.dataset_hash, include_data_rows=False)

    @property
    def ontology(self) -> Ontology:
        return self.client.get_ontology(self.seed.ontology_hash)

    def text_file(self) -> Path:
        path = self.files / f"{uuid4()}.txt"
        path.write_text("a caption")
        return path

    def image_file(self) -> Path:
        path = self.files / f"{uuid4()}.png"
        Image.new("RGB", (8, 6)).save(path)
        return path

    def new_folder(self) -> StorageFolder:
        return self.client.create_storage_folder(f"folder {uuid4()}")

    def new_text(self) -> StorageItem:
        """A text in its own folder."""
        folder = self.new_folder()
        return self.client.get_storage_item(folder.upload_text(self.text_file(), title="caption.txt"))

    def new_dataset(self) -> Dataset:
        made = self.client.create_dataset(
            f"dataset {uuid4()}", StorageLocation.CORD_STORAGE, create_backing_folder=False
        )
        return self.client.get_dataset(made.dataset_hash)

    def new_image_row(self) -> LabelRowV2:
        """An image in the first stage, with empty labels."""
        return self.linked(self.new_folder().upload_image(self.image_file()))

    def new_text_row(self) -> LabelRowV2:
        """A text in the first stage, with empty labels."""
        return self.linked(self.new_text().uuid)

    def new_task(self) -> AgentTask:
        """A task in the first stage."""
        row = self.new_text_row()
        stage = self.project.workflow.get_stage(name="LLM1", type_=AgentStage)
        return next(iter(stage.get_tasks(data_hash=row.data_hash)))

    def annotation_project(self) -> tuple[Project, AnnotationStage, ReviewStage]:
        """A project without a template: people annotate, then review. One text with one answer waits in it."""
        dataset = self.new_dataset()
        dataset.link_items([self.new_text().uuid])
        ontology = self.client.create_ontology("Choice", structure=self.ontology.structure)
        project_hash = self.client.create_project(
            f"project {uuid4()}", [dataset.dataset_hash], ontology_hash=ontology.ontology_hash
        )
        project = self.client.get_project(project_hash)
        annotation = next(stage for stage in project.workflow.stages if isinstance(stage, AnnotationStage))
        review = next(stage for stage in project.workflow.stages if isinstance(stage, ReviewStage))
        return project, annotation, review

    def linked(self, item: UUID) -> LabelRowV2:
        """The row of an item, with empty labels."""
        data_hash = self.dataset.link_items([item])[0].uid
        row = self.project.list_label_rows_v2(data_hashes=[data_hash])[0]
        row.initialise_labels()
        return row
