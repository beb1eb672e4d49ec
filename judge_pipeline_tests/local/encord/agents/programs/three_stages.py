"""Moves rows through all three agent stages, with every dependency that needs no computer vision.

LLM1 describes a file by its bytes and answers with the pathway's name, LLM2 answers with its uuid, the judge hands over
labels and priority to be written together.
"""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from encord import EncordUserClient, Project
from encord.constants.enums import DataType
from encord.objects import Classification
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.storage import StorageItem
from encord.workflow import AgentStage
from encord.workflow.stages.agent import AgentTask
from encord_agents.core.data_model import LabelRowMetadataIncludeArgs
from encord_agents.tasks import Depends, SequentialRunner
from encord_agents.tasks.dependencies import dep_asset, dep_client, dep_storage_item
from encord_agents.tasks.models import TaskAgentReturnStruct

runner = SequentialRunner()


@runner.stage("LLM1")
def describe(
    task: AgentTask,
    client: Annotated[EncordUserClient, Depends(dep_client)],
    item: Annotated[StorageItem, Depends(dep_storage_item)],
    asset: Annotated[Path, Depends(dep_asset)],
) -> str:
    folder = client.get_storage_folder(item.parent_folder_uuid)
    seen = {"bytes": asset.stat().st_size, "suffix": asset.suffix, "folder": folder.name, "title": task.data_title}
    item.update(client_metadata={**(item.client_metadata or {}), "seen": seen})
    return "First caption"


@runner.stage("LLM2")
def pass_on(project: Project, stage: AgentStage) -> UUID:
    assert stage.title == "LLM2"
    assert project.title == "LLM as a judge"
    return stage.pathways[0].uuid


@runner.stage("LLM as Judge", label_row_metadata_include_args=LabelRowMetadataIncludeArgs(include_client_metadata=True))
def judge(row: LabelRowV2) -> TaskAgentReturnStruct:
    assert row.client_metadata is not None
    assert "seen" in row.client_metadata
    if row.data_type is not DataType.IMAGE:
        return TaskAgentReturnStruct(pathway="LLM Ruling")
    choice = row.ontology_structure.get_child_by_title("LLM Judge Choice", type_=Classification)
    instance = choice.create_instance()
    instance.set_answer(choice.attributes[0].options[0])
    instance.set_for_frames(0, manual_annotation=False)
    row.add_classification_instance(instance)
    return TaskAgentReturnStruct(pathway="LLM Ruling", label_row=row, label_row_priority=0.75)


if __name__ == "__main__":
    runner.run()
