"""A project to make calls on, with fresh rows, items and folders for each call, and fault injection."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from encord import Dataset, EncordUserClient, Project
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.storage import StorageFolder, StorageItem
from encord.workflow import AgentStage
from encord.workflow.stages.agent import AgentTask

from judge_pipeline_tests.seed_project import SeedProject


@dataclass(frozen=True)
class Sandbox:
    """A seed project and a client of the SDK."""

    seed: SeedProject
    files: Path
    text: UUID
    client: EncordUserClient

    @property
    def project(self) -> Project:
        return self.client.get_project(self.seed.project_hash)

    @property
    def dataset(self) -> Dataset:
        return self.client.get_dataset(self.seed.dataset_hash, include_data_rows=False)

    def new_folder(self) -> StorageFolder:
        return self.client.create_storage_folder(str(uuid4()))

    def new_item(self) -> StorageItem:
        """A text in its own folder."""
        return self.client.get_storage_item(new_text(self.new_folder(), self.files))

    def new_row(self) -> LabelRowV2:
        """Another row of the same text, in the first stage."""
        rows = self.dataset.link_items([self.text], DataLinkDuplicatesBehavior.DUPLICATE)
        return self.project.list_label_rows_v2(data_hashes=[rows[0].uid])[0]

    def new_task(self) -> AgentTask:
        """A task in the first stage."""
        return self.tasks(self.new_row().data_hash, "LLM1")[0]

    def tasks(self, data_hash: object, stage: str) -> list[AgentTask]:
        found = self.project.workflow.get_stage(name=stage, type_=AgentStage)
        return list(found.get_tasks(data_hash=str(data_hash)))

    def inject(self, operation: str, **fault: Any) -> None:
        """Reset the counters and make the next requests of an operation fail."""
        control = self.seed.server.control
        control("DELETE", "faults")
        control("POST", "faults", json={"match": f"^{re.escape(operation)}$", **fault})
        control("DELETE", "stats")

    def requests_of(self, operation: str) -> int:
        """The number of requests since the fault was injected; removes the fault."""
        control = self.seed.server.control
        control("DELETE", "faults")
        return int(control("GET", "stats").json()["by_operation"].get(operation, 0))


def new_text(folder: StorageFolder, files: Path) -> UUID:
    path = files / f"{uuid4()}.txt"
    path.write_text("a caption")
    return folder.upload_text(path, title=path.name)
