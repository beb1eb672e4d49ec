"""The project's rows as a snapshot, its items and their metadata."""

from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag, tag_for
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.rate_limits import Patience, rate_limits_awaited
from judge_pipeline.encord_project.rows import each_ahead
from judge_pipeline_tests.engine.trial import Trial

TAG = Tag("11111111-2222-4333-8444-555555555555")


def add_text(trial: Trial, name: str, **metadata: str) -> str:
    path = Path(trial.folder, name)
    path.write_text("A caption.")
    client = trial.seed.client()
    item = client.get_storage_folder(trial.seed.folder_uuid).upload_text(path, title=name, client_metadata=metadata)
    client.get_dataset(trial.seed.dataset_hash, include_data_rows=False).link_items([item])
    return str(item)


def test_an_image_without_a_tag_is_in_the_snapshot_under_its_future_tag(trial: Trial, project: EncordProject) -> None:
    trial.add("red")
    (tag,) = project.snapshot().images
    assert tag == tag_for(project_hash=trial.seed.project_hash, item_uuid=trial.items["red"])


def test_the_snapshot_has_the_stage_and_type_of_each_row(trial: Trial, project: EncordProject) -> None:
    trial.add("red")
    (row,) = project.snapshot().images.values()
    assert (row.title, row.is_image, row.stage, row.tag, row.label_hash) == ("red.png", True, "LLM1", None, None)
    assert row.item_uuid == trial.items["red"]
    assert row.dataset_hash == trial.seed.dataset_hash


def test_texts_are_found_by_tag_and_data_type_and_others_are_left_out(trial: Trial, project: EncordProject) -> None:
    trial.add("red")
    tag = trial.tags["red"]
    ours = add_text(trial, "ours.txt", **{"Tag": tag, "Data Type": "Text_16B"})
    add_text(trial, "untagged.txt", **{"Data Type": "Text_8B"})
    add_text(trial, "plain.txt")
    snapshot = project.snapshot()
    assert {slot: row.item_uuid for slot, row in snapshot.texts.items()} == {(tag, Captioner.LLM_16B): ours}
    assert [row.title for row in snapshot.rows_of(Tag(tag))] == ["red.png", "ours.txt"]


def test_tags_are_written_in_one_call_and_a_second_time_not_at_all(trial: Trial, project: EncordProject) -> None:
    trial.add("red", "green", "blue")
    images = project.snapshot().images
    trial.reset_request_counts()
    project.set_tags(images)
    assert trial.requests()["PATCH storage/items/patch-bulk"] == 1
    assert set(project.snapshot().images) == set(images)
    assert {row.tag for row in project.snapshot().images.values()} == set(images)
    trial.reset_request_counts()
    project.set_tags(images)
    assert trial.writes() == 0


def test_each_existing_item_has_a_signed_url(trial: Trial, project: EncordProject) -> None:
    trial.add("red", "green")
    rows = {row.title: row for row in project.snapshot().images.values()}
    folder = trial.seed.client().get_storage_folder(trial.seed.folder_uuid)
    assert set(project.signed_urls(rows.values()).done) == set(trial.items.values())
    folder.delete_storage_items([trial.seed.client().get_storage_item(trial.items["red"]).uuid])
    assert set(project.signed_urls(rows.values()).done) == {trial.items["green"]}


def test_existing_items_are_distinguished_from_missing_ones(trial: Trial, project: EncordProject) -> None:
    trial.add("red")
    assert project.existing_items([trial.items["red"], str(uuid4())]) == {trial.items["red"]}
    assert project.existing_items([]) == set()


def test_an_items_url_opens_the_label_editor(trial: Trial, project: EncordProject) -> None:
    assert project.item_url("abc") == f"{trial.seed.server.url}/label_editor/{trial.seed.project_hash}/abc"


@pytest.mark.parametrize("texts", [1, 2])
def test_a_tag_that_is_not_unique_is_a_conflict(trial: Trial, project: EncordProject, texts: int) -> None:
    trial.add("red")
    for number in range(texts):
        add_text(trial, f"{number}.txt", **{"Tag": trial.tags["red"], "Data Type": "Text_8B"})
    assert list(project.snapshot().conflicts) == ([trial.tags["red"]] if texts > 1 else [])


def test_two_pages_are_listed_at_once_each_in_the_context_of_the_caller() -> None:
    both = Barrier(2)

    def listed(page: int) -> tuple[int, Patience]:
        both.wait(10)
        with rate_limits_awaited() as patience:
            return page, patience

    with rate_limits_awaited() as patience:
        assert list(each_ahead(listed, range(4))) == [(page, patience) for page in range(4)]
    assert list(each_ahead(str, [])) == []
