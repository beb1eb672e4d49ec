"""The judge notebook's runner: its stages, dependencies, uploads, links, moves and labels, call by call.

Three things are different: a fixed sentence replaces each model; the judge's answers are hand-written, because the
library's `OntologyDataModel` fails on radio attributes with newer versions of pydantic; and `dep_asset` reads images,
because `dep_single_frame` needs OpenCV.
"""

import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from encord import EncordUserClient
from encord.constants.enums import DataType
from encord.dataset import Dataset
from encord.http.bundle import Bundle
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.project import Project
from encord.storage import StorageItem
from encord.workflow.stages.agent import AgentStage
from encord_agents.core.data_model import LabelRowMetadataIncludeArgs
from encord_agents.tasks import Depends, Runner
from encord_agents.tasks.dependencies import dep_asset, dep_client, dep_storage_item

WITH_METADATA = LabelRowMetadataIncludeArgs(include_client_metadata=True)

runner = Runner(project_hash=sys.argv[1])

label_row_groups: dict[str, dict[str, LabelRowV2]] = defaultdict(dict)
"""The label rows of the captions by tag and data type; kept only in memory, as in the notebook."""


def dep_dataset(user_client: Annotated[EncordUserClient, Depends(dep_client)], project: Project) -> Dataset:
    first = next(iter(project.list_datasets()))
    return user_client.get_dataset(first.dataset_hash)


def caption(image: Path, words: str) -> str:
    assert image.read_bytes()[:2] == b"\xff\xd8"
    return words


def add_caption(item: StorageItem, project: Project, dataset: Dataset, text: str, title: str, group: str) -> str:
    """Upload and link a text for an image, initialise its row; returns its data hash."""
    storage_folder = item.parent_folder()
    tag = str((item.client_metadata or {})["Tag"])
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text.encode())
        file.seek(0)
        uploaded = storage_folder.upload_text(
            file_path=file.name, title=title, client_metadata={"Data Type": group, "Tag": tag}
        )
    data_row = dataset.link_items([uploaded], DataLinkDuplicatesBehavior.DUPLICATE)[0]
    row = project.list_label_rows_v2(data_hashes=[data_row.uid])[0]
    row.initialise_labels()
    label_row_groups[tag][group] = row
    return data_row.uid


def proceed(project: Project, data_hash: str, stage: str, pathway: str) -> None:
    here = project.workflow.get_stage(name=stage, type_=AgentStage)
    next(iter(here.get_tasks(data_hash=[data_hash]))).proceed(pathway)


@runner.stage(stage="LLM1", label_row_metadata_include_args=WITH_METADATA)
def first_captioning(
    lr: LabelRowV2,
    storage_item: Annotated[StorageItem, Depends(dep_storage_item)],
    asset: Annotated[Path, Depends(dep_asset)],
    project: Project,
    dataset: Annotated[Dataset, Depends(dep_dataset)],
) -> str:
    if lr.data_type != DataType.IMAGE:
        return "First caption"
    words = caption(asset, "A cat.")
    storage_item.update(client_metadata={"Tag": str(uuid4()), "Data Type": "Image"})
    title = f"LLM1Captionfor{lr.data_hash}-{lr.data_title}.txt"
    data_hash = add_caption(storage_item, project, dataset, words, title, "Text_8B")
    proceed(project, data_hash, "LLM1", "First caption")
    return "First caption"


@runner.stage(stage="LLM2", label_row_metadata_include_args=WITH_METADATA)
def second_captioning(
    lr: LabelRowV2,
    storage_item: Annotated[StorageItem, Depends(dep_storage_item)],
    asset: Annotated[Path, Depends(dep_asset)],
    project: Project,
    dataset: Annotated[Dataset, Depends(dep_dataset)],
) -> str:
    if lr.data_type != DataType.IMAGE:
        return "Second caption"
    words = caption(asset, "A brown cat.")
    title = f"LLM2Captionfor{lr.data_hash}-{lr.data_title}.txt"
    data_hash = add_caption(storage_item, project, dataset, words, title, "Text_16B")
    proceed(project, data_hash, "LLM1", "First caption")
    proceed(project, data_hash, "LLM2", "Second caption")
    return "Second caption"


def dep_answers(
    lr: LabelRowV2, user_client: Annotated[EncordUserClient, Depends(dep_client)]
) -> tuple[str, ...] | None:
    if lr.data_type != DataType.IMAGE:
        return None
    group = label_row_groups[str((lr.client_metadata or {})["Tag"])]
    with Bundle() as bundle:
        for row in group.values():
            if not row.is_labelling_initialised:
                row.initialise_labels(include_signed_url=True, bundle=bundle)
    items = [user_client.get_storage_item(str(group[name].backing_item_uuid)) for name in ("Text_8B", "Text_16B")]
    texts = []
    for item in items:
        with contextmanager(dep_asset)(item) as asset:
            texts.append(asset.read_text())
    return tuple(texts)


@runner.stage(stage="LLM as Judge", label_row_metadata_include_args=WITH_METADATA)
def judge(lr: LabelRowV2, responses: Annotated[tuple[str, ...] | None, Depends(dep_answers)]) -> str:
    if not responses:
        return "LLM Ruling"
    assert responses == ("A cat.", "A brown cat.")
    for classification in lr.ontology_structure.classifications:
        if "LLM" in classification.title:
            instance = classification.create_instance()
            instance.set_answer(classification.attributes[0].options[0])
            instance.set_for_frames()
            lr.add_classification_instance(instance)
    lr.save()
    return "LLM Ruling"


if __name__ == "__main__":
    runner()
