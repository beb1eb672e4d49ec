"""What Encord shows after a run, read through the official SDK and without the ids that differ every time."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import requests
from encord.constants.enums import DataType
from encord.objects import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.objects.options import Option
from encord.orm.storage import StorageItemType
from encord.storage import StorageItem

from judge_pipeline.encord_project.image_answers import answers_on
from judge_pipeline_tests.model_stub import LARGE, SMALL, caption
from judge_pipeline_tests.seed_project import SeedProject

State = dict[str, dict[str, Any]]


def encord_state(seed: SeedProject) -> State:
    """Each image by its title without suffix: its stage, its labels, and all texts with its Tag.

    "folder" counts the items of the storage folder, where a second upload of the same text would show.
    """
    client = seed.client()
    rows = label_rows(seed)
    texts: dict[str, list[LabelRowV2]] = defaultdict(list)
    for row in rows:
        if row.data_type is DataType.PLAIN_TEXT:
            texts[str((row.client_metadata or {}).get("Tag"))].append(row)
    uuids = [row.backing_item_uuid for row in rows if row.backing_item_uuid]
    items = {str(item.uuid): item for item in client.get_storage_items(uuids, sign_url=True)} if uuids else {}
    state: State = {}
    for row in rows:
        if row.data_type is DataType.IMAGE:
            tag = str((row.client_metadata or {}).get("Tag"))
            state[row.data_title.partition(".")[0]] = {
                "stage": _stage(row),
                "labels": labels(row),
                "texts": {
                    str((text.client_metadata or {})["Data Type"]): {
                        "stage": _stage(text),
                        "content": _content(items[str(text.backing_item_uuid)].get_signed_url()),
                        "labels": labels(text),
                    }
                    for text in texts.pop(tag, ())
                },
            }
    stored = list(client.get_storage_folder(seed.folder_uuid).list_items())
    kinds = [item.item_type for item in stored]
    if seed.has_groups:
        state |= _groups(rows, stored)
    state["folder"] = {"images": kinds.count(StorageItemType.IMAGE), "texts": kinds.count(StorageItemType.PLAIN_TEXT)}
    assert not texts, f"texts without an image: {dict(texts)}"
    return state


def _groups(rows: Sequence[LabelRowV2], stored: Sequence[StorageItem]) -> State:
    """Images in data groups, and those that wait for theirs, as if their captions were rows; no group is there twice."""
    groups = {item.uuid: item for item in stored if item.item_type is StorageItemType.GROUP}
    assert {row.backing_item_uuid for row in rows} == groups.keys(), "a group without a row, or a row without a group"
    state: State = {
        item.name.partition(".")[0]: {"stage": "LLM1", "labels": None, "texts": {}}
        for item in stored
        if item.item_type is StorageItemType.IMAGE
    }
    for row in rows:
        assert row.backing_item_uuid is not None
        members = list(groups[row.backing_item_uuid].get_child_items(get_signed_urls=True))
        state[row.data_title.partition(".")[0]] = {
            "stage": _stage(row),
            "labels": labels(row),
            "texts": {
                str((text.client_metadata or {})["Data Type"]): {
                    "stage": _stage(row),
                    "content": _content(text.get_signed_url()),
                    "labels": None if row.label_hash is None else {},
                }
                for text in members[1:]
            },
        }
    return state


def label_rows(seed: SeedProject) -> list[LabelRowV2]:
    """The project's rows with their labels; rows that were never opened stay uninitialised."""
    project = seed.project()
    rows = project.list_label_rows_v2(include_client_metadata=True)
    with project.create_bundle() as bundle:
        for row in rows:
            if row.label_hash is not None:
                row.initialise_labels(bundle=bundle)
    return sorted(rows, key=lambda row: row.data_title)


def image_row(seed: SeedProject, colour: str) -> LabelRowV2:
    """The label row of one image."""
    (row,) = [row for row in label_rows(seed) if row.data_title == f"{colour}.png"]
    return row


def labels(row: LabelRowV2) -> dict[str, Any] | None:
    """The answers of each classification by its title; None for a row without labels."""
    if row.label_hash is None:
        return None
    found = [(instance.ontology_item.title, answers(instance)) for instance in answers_on(row)]
    assert len(dict(found)) == len(found), f"a classification is answered twice: {found}"
    return dict(found)


def answers(instance: ClassificationInstance) -> dict[str, Any]:
    """A classification's answers by attribute title; options as their label."""
    given = {}
    for answer in instance.get_all_static_answers():
        if answer.is_answered():
            value: Any = answer.get()
            given[answer.ontology_attribute.title] = value.label if isinstance(value, Option) else value
    return given


def finished(*colours: str) -> State:
    """The state that every run must end in, however often it was interrupted: what the stub models make of these images."""
    state: State = {colour: _finished(colour) for colour in colours}
    state["folder"] = {"images": len(colours), "texts": 2 * len(colours)}
    return state


def _finished(colour: str) -> dict[str, Any]:
    suggestion = {"Improvement suggestion": f"Say more of the {colour}."}
    middle = {"Correctness Score": "Somewhat accurate", "Quality Score": "Acceptable"}
    best = {"Correctness Score": "Very accurate", "Quality Score": "Very good"}
    return {
        "stage": "Human Review",
        "labels": {
            "LLM 8B": {"LLM 8B": "Answer available", **middle, **suggestion},
            "LLM 16B": {"LLM 16B": "Answer available", **best, **suggestion},
            "LLM Judge Choice": {"LLM Judge Choice": "LLM 16B"},
        },
        "texts": {
            data_type: {"stage": "Human Review", "content": caption(model, colour), "labels": {}}
            for data_type, model in (("Text_8B", SMALL), ("Text_16B", LARGE))
        },
    }


def _stage(row: LabelRowV2) -> str | None:
    return row.workflow_graph_node.title if row.workflow_graph_node else None


def _content(url: str | None) -> str:
    assert url is not None
    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return response.text
