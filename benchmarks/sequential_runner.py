"""The same work in an encord-agents program: one image after the other, one call after the other.

    python benchmarks/sequential_runner.py PROJECT_HASH MODELS_URL

It follows the public notebook, but sends pixels unchanged and reads the answer with a few lines of its own, so that it needs
neither OpenCV nor an old pydantic. It judges once, like the runs that it is compared with.
"""

import base64
import json
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import uuid4

from encord import EncordUserClient, Project
from encord.constants.enums import DataType
from encord.dataset import Dataset
from encord.objects import Classification
from encord.objects.attributes import Attribute, RadioAttribute
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.storage import StorageItem
from encord.workflow import AgentStage
from encord_agents.core.data_model import LabelRowMetadataIncludeArgs
from encord_agents.tasks import Depends, SequentialRunner
from encord_agents.tasks.dependencies import dep_asset, dep_client, dep_storage_item
from openai import OpenAI

WITH_METADATA = LabelRowMetadataIncludeArgs(include_client_metadata=True)

runner = SequentialRunner(project_hash=sys.argv[1])
openai = OpenAI(base_url=sys.argv[2], api_key="none")
texts: dict[str, dict[str, LabelRowV2]] = defaultdict(dict)
pathways = {"LLM1": "First caption", "LLM2": "Second caption"}


def dep_dataset(client: Annotated[EncordUserClient, Depends(dep_client)], project: Project) -> Dataset:
    return client.get_dataset(next(iter(project.list_datasets())).dataset_hash)


def image_of(item: StorageItem) -> dict[str, Any]:
    with contextmanager(dep_asset)(item) as path:
        encoded = base64.b64encode(path.read_bytes()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded}"}}


def ask(model: str, item: StorageItem, text: str, schema: dict[str, Any] | None = None) -> str:
    content = [{"type": "text", "text": text}, image_of(item)]
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": content}]}
    if schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return openai.chat.completions.create(**body).choices[0].message.content or ""


def caption(
    row: LabelRowV2, item: StorageItem, project: Project, dataset: Dataset, *, tag: str, model: str, data_type: str
) -> LabelRowV2:
    """Asks for a caption and links it to the image as a text item with labels."""
    text = ask(model, item, "Caption this image within 20 words, and say nothing else.")
    folder = item.parent_folder()
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text.encode())
        file.flush()
        uuid = folder.upload_text(
            file_path=file.name,
            title=f"{data_type} of {row.data_hash}.txt",
            client_metadata={"Data Type": data_type, "Tag": tag},
        )
    (linked,) = dataset.link_items([uuid], DataLinkDuplicatesBehavior.DUPLICATE)
    (text_row,) = project.list_label_rows_v2(data_hashes=[linked.uid])
    text_row.initialise_labels()
    texts[tag][data_type] = text_row
    return text_row


def move(project: Project, data_hash: str, *stages: str) -> None:
    for title in stages:
        stage = project.workflow.get_stage(name=title, type_=AgentStage)
        next(iter(stage.get_tasks(data_hash=[data_hash]))).proceed(pathways[title])


@runner.stage("LLM1", label_row_metadata_include_args=WITH_METADATA)
def first(
    row: LabelRowV2,
    item: Annotated[StorageItem, Depends(dep_storage_item)],
    project: Project,
    dataset: Annotated[Dataset, Depends(dep_dataset)],
) -> str:
    if row.data_type is DataType.IMAGE:
        tag = str(uuid4())
        item.update(client_metadata={"Tag": tag, "Data Type": "Image"})
        linked = caption(row, item, project, dataset, tag=tag, model="small", data_type="Text_8B")
        move(project, linked.data_hash, "LLM1")
    return pathways["LLM1"]


@runner.stage("LLM2", label_row_metadata_include_args=WITH_METADATA)
def second(
    row: LabelRowV2,
    item: Annotated[StorageItem, Depends(dep_storage_item)],
    project: Project,
    dataset: Annotated[Dataset, Depends(dep_dataset)],
) -> str:
    if row.data_type is DataType.IMAGE:
        tag = (item.client_metadata or {})["Tag"]
        linked = caption(row, item, project, dataset, tag=tag, model="large", data_type="Text_16B")
        move(project, linked.data_hash, "LLM1", "LLM2")
    return pathways["LLM2"]


@runner.stage("LLM as Judge", label_row_metadata_include_args=WITH_METADATA)
def judge(
    row: LabelRowV2,
    item: Annotated[StorageItem, Depends(dep_storage_item)],
    client: Annotated[EncordUserClient, Depends(dep_client)],
) -> str:
    if row.data_type is DataType.IMAGE:
        group = texts[(row.client_metadata or {})["Tag"]]
        shown = []
        for text_row in (group["Text_8B"], group["Text_16B"]):
            text = client.get_storage_item(str(text_row.backing_item_uuid), sign_url=True)
            with contextmanager(dep_asset)(text) as path:
                shown.append(path.read_text())
        asked = [each for each in row.ontology_structure.classifications if "LLM" in each.title]
        schema = {"type": "object", "properties": {each.title: _schema(each.attributes[0]) for each in asked}}
        answer = json.loads(ask("judge", item, "Judge these captions:\n" + "\n".join(shown), schema))
        for classification in asked:
            _write(row, classification, answer[classification.title])
        row.save()
    return "LLM Ruling"


def _schema(attribute: Attribute[Any]) -> dict[str, Any]:
    if isinstance(attribute, RadioAttribute):
        return {"enum": [option.title for option in attribute.options]}
    return {"type": "string"}


def _write(row: LabelRowV2, classification: Classification, chosen: str) -> None:
    instance = classification.create_instance()
    instance.set_for_frames(0, manual_annotation=False)
    radio = classification.attributes[0]
    assert isinstance(radio, RadioAttribute)
    option = next(option for option in radio.options if option.title == chosen)
    instance.set_answer(option)
    for attribute in option.attributes:
        if isinstance(attribute, RadioAttribute):
            instance.set_answer(attribute.options[0], attribute)
    row.add_classification_instance(instance)


if __name__ == "__main__":
    runner()
