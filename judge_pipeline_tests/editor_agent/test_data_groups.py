"""A data group of an image and its captions: a click describes the image, and answers on its part of the group."""

from typing import Any

import pytest
from encord.objects import Classification
from encord.orm.storage import DataGroupCustom
from encord.storage import StorageFolder

from judge_pipeline.domain.captioner import Captioner, DataType
from judge_pipeline.domain.data_group import LAYOUT, DataGroup
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.image_answers import answers_on, put_answer
from judge_pipeline_tests.editor_agent.harness import CLASSIFICATION, Agent, Harness, description
from judge_pipeline_tests.editor_agent.labeller import Labeller
from judge_pipeline_tests.editor_agent.screen import click, opened, picture_in
from judge_pipeline_tests.local.encord.captions import upload_texts
from judge_pipeline_tests.model_stub import paint

FIRST, SECOND = "A green picture of one single colour.", "Green, and nothing but green, everywhere."


@pytest.fixture
def group(harness: Harness) -> str:
    """The data hash of a linked group."""
    folder = harness.seed.client().get_storage_folder(harness.seed.folder_uuid)
    texts = upload_texts(folder, harness.folder, {"8b.txt": "short", "16b.txt": "long"})
    image = folder.upload_image(paint(harness.folder, "green"), title="green.png")
    members = DataGroup(str(image), dict(zip(Captioner, map(str, texts), strict=True)))
    return _linked(harness, folder, members.contents, members.metadata(Tag("0" * 32)))


def _linked(harness: Harness, folder: StorageFolder, contents: Any, metadata: Any) -> str:
    made = DataGroupCustom(name="green", layout=dict(LAYOUT), layout_contents=contents, client_metadata=metadata)
    dataset = harness.seed.client().get_dataset(harness.seed.dataset_hash, include_data_rows=False)
    return str(dataset.link_items([folder.create_data_group(made)])[0].uid)


def answers(harness: Harness, group: str) -> list[str]:
    return [str(each.get_answer()) for each in answers_on(opened(harness, group))]


def test_its_image_is_described_again_and_again(harness: Harness, group: str) -> None:
    for text in (FIRST, SECOND):
        harness.models.replies.append(description(text))
        with harness.agent() as agent:
            assert agent.click(group).status_code == 200
        assert answers(harness, group) == [text]
    middle = picture_in(harness.models.bodies[0]).convert("RGB").getpixel((20, 20))
    assert isinstance(middle, tuple)
    assert middle[1] > max(middle[0], middle[2]), "green"


def test_a_persons_answer_stays(harness: Harness, agent: Agent, group: str, person: Labeller) -> None:
    row = opened(harness, group, project=person.as_user.client().get_project(harness.seed.project_hash))
    instance = row.ontology_structure.get_child_by_title(CLASSIFICATION, type_=Classification).create_instance()
    instance.set_answer("by hand")
    put_answer(row, instance)
    row.save()
    response = agent.click(group)
    assert response.status_code == 409
    assert response.json()["message"].startswith("A person has answered 'Description'")
    assert answers(harness, group) == ["by hand"]


def test_other_frames_objects_and_groups_are_refused(harness: Harness, agent: Agent, group: str) -> None:
    folder = harness.seed.client().get_storage_folder(harness.seed.folder_uuid)
    (image,) = [item.uuid for item in folder.list_items() if item.name == "green.png"]
    layout = {"type": "data_unit", "key": DataType.IMAGE.value}
    other = DataGroupCustom(name="other", layout=layout, layout_contents={DataType.IMAGE.value: image})
    dataset = harness.seed.client().get_dataset(harness.seed.dataset_hash, include_data_rows=False)
    foreign = str(dataset.link_items([folder.create_data_group(other)])[0].uid)
    for body, message in (
        (click(group, harness, 1), "'green' has no frame 1; its only frame is 0."),
        (click(group, harness, 0, ["abcdefgh"]), "'green' is a data group, whose objects cannot be cut out"),
        (click(foreign, harness, 0), "'other' has the data type 'group'; only images"),
    ):
        response = agent.post(body)
        assert (response.status_code, response.json()["message"].startswith(message)) == (409, True), response.text
    assert harness.models.bodies == []
