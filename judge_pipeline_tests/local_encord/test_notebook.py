"""The calls that the judge notebook makes, one image at a time, up to everything being in Human Review."""

import tempfile
from pathlib import Path
from uuid import uuid4

import requests
from encord.constants.enums import DataType
from encord.http.bundle import Bundle
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.storage import StorageItem
from encord.workflow.stages.agent import AgentStage
from encord.workflow.stages.review import ReviewStage

from judge_pipeline_tests.seed_project import SeedProject


class Notebook:
    """The notebook's stage functions, with a fixed sentence in place of each model."""

    def __init__(self, seed: SeedProject) -> None:
        self.client = seed.client()
        self.project = self.client.get_project(seed.project_hash)
        first = next(iter(self.project.list_datasets()))
        self.dataset = self.client.get_dataset(first.dataset_hash)
        self.groups: dict[str, dict[str, LabelRowV2]] = {}

    def stage(self, name: str) -> AgentStage:
        return self.project.workflow.get_stage(name=name, type_=AgentStage)

    def rows_at(self, name: str) -> list[LabelRowV2]:
        hashes = [task.data_hash for task in self.stage(name).get_tasks()]
        return self.project.list_label_rows_v2(data_hashes=hashes, include_client_metadata=True)

    def proceed(self, row: LabelRowV2, stage: str, pathway: str) -> None:
        task = next(iter(self.stage(stage).get_tasks(data_hash=[row.data_hash])))
        task.proceed(pathway)

    def add_caption(self, item: StorageItem, *, caption: str, title: str, tag: str, data_type: str) -> LabelRowV2:
        folder = item.parent_folder()
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            file.write(caption.encode())
            file.seek(0)
            uuid = folder.upload_text(
                file_path=file.name, title=title, client_metadata={"Data Type": data_type, "Tag": tag}
            )
        data_row = self.dataset.link_items([uuid], DataLinkDuplicatesBehavior.DUPLICATE)[0]
        row = self.project.list_label_rows_v2(data_hashes=[data_row.uid])[0]
        row.initialise_labels()
        self.groups.setdefault(tag, {})[data_type] = row
        return row

    def first_caption(self, row: LabelRowV2) -> None:
        assert row.backing_item_uuid is not None
        item = self.client.get_storage_item(row.backing_item_uuid, sign_url=True)
        assert requests.get(str(item.get_signed_url()), timeout=10).content[:2] == b"\xff\xd8"
        tag = str(uuid4())
        item.update(client_metadata={"Tag": tag, "Data Type": "Image"})
        title = f"LLM1Captionfor{row.data_hash}-{row.data_title}.txt"
        text = self.add_caption(item, caption="A cat.", title=title, tag=tag, data_type="Text_8B")
        self.proceed(text, "LLM1", "First caption")

    def second_caption(self, row: LabelRowV2) -> None:
        assert row.backing_item_uuid is not None
        item = self.client.get_storage_item(row.backing_item_uuid, sign_url=True)
        tag = str((item.client_metadata or {})["Tag"])
        title = f"LLM2Captionfor{row.data_hash}-{row.data_title}.txt"
        text = self.add_caption(item, caption="A brown cat.", title=title, tag=tag, data_type="Text_16B")
        self.proceed(text, "LLM1", "First caption")
        self.proceed(text, "LLM2", "Second caption")

    def judge(self, row: LabelRowV2) -> None:
        group = self.groups[str((row.client_metadata or {})["Tag"])]
        with Bundle() as bundle:
            for text in group.values():
                if not text.is_labelling_initialised:
                    text.initialise_labels(include_signed_url=True, bundle=bundle)
        captions = {name: self.read(text) for name, text in group.items()}
        assert captions == {"Text_8B": "A cat.", "Text_16B": "A brown cat."}
        row.initialise_labels()
        for classification in self.project.ontology_structure.classifications:
            if "LLM" in classification.title:
                instance = classification.create_instance()
                instance.set_answer(classification.attributes[0].options[0])
                instance.set_for_frames()
                row.add_classification_instance(instance)
        row.save()

    def read(self, text: LabelRowV2) -> str:
        assert text.backing_item_uuid is not None
        item = self.client.get_storage_item(text.backing_item_uuid, sign_url=True)
        return requests.get(str(item.get_signed_url()), timeout=10).text


def test_the_notebook_brings_every_image_and_caption_to_human_review(
    seed: SeedProject, photographs: list[Path]
) -> None:
    """Users who start from the notebook must find that it runs here as it does on Encord."""
    seed.add_images(photographs)
    notebook = Notebook(seed)
    for row in notebook.rows_at("LLM1"):
        notebook.first_caption(row)
        notebook.proceed(row, "LLM1", "First caption")
    for row in notebook.rows_at("LLM2"):
        if row.data_type == DataType.IMAGE:
            notebook.second_caption(row)
        notebook.proceed(row, "LLM2", "Second caption")
    for row in notebook.rows_at("LLM as Judge"):
        if row.data_type == DataType.IMAGE:
            notebook.judge(row)
        notebook.proceed(row, "LLM as Judge", "LLM Ruling")

    review = notebook.project.workflow.get_stage(name="Human Review", type_=ReviewStage)
    assert len(list(review.get_tasks())) == 3 * len(photographs)
    rows = notebook.project.list_label_rows_v2()
    assert {row.workflow_graph_node.title for row in rows if row.workflow_graph_node} == {"Human Review"}
    hashes = [str(row.label_hash) for row in rows if row.data_type == DataType.IMAGE]
    answers = notebook.project.get_label_classifications([*hashes])
    assert [len(entry.classification_answers) for entry in answers] == [3, 3, 3]
