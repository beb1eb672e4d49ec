"""A caption that others add to a folder is found however and whenever it shows, and each look reads only what is new."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.added_captions import AddedCaptions
from judge_pipeline.encord_project.errors import EncordUnavailable
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import running_local_encord

SLOT = (Tag("ours"), "Text_8B")
OTHER = (Tag("ours"), "Text_16B")
METADATA = {"Tag": SLOT[0], "Data Type": SLOT[1]}
LISTING = "GET storage/folders/{folder}/items"
SINCE = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def added(project: EncordProject) -> AddedCaptions:
    return AddedCaptions(project, {SLOT[0]}, known_until=datetime.now(UTC))


def upload(project: EncordProject, folder: UUID, metadata: dict[str, str]) -> str:
    """A text that is not linked yet."""
    (reserved,) = project.reserve_text_uploads(folder, 1)
    uploads = [(reserved, NewText("theirs.txt", metadata, "A caption."))]
    project.put_texts(uploads)
    project.register_texts(folder, uploads)
    return reserved.item_uuid


def link(seed: SeedProject, item: str) -> None:
    seed.client().get_dataset(seed.dataset_hash).link_items([UUID(item)])


def test_only_a_linked_caption_is_found_also_if_it_was_not_linked_at_the_last_look(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    folder = trial.seed.folder_uuid
    item = upload(project, folder, METADATA)
    assert added.linked(folder, [SLOT], SINCE) == {}
    link(trial.seed, item)
    assert added.linked(folder, [OTHER], SINCE) == {}
    assert added.linked(folder, [SLOT, OTHER], SINCE) == {SLOT: [item]}
    assert added.linked(folder, [SLOT], datetime.now(UTC)) == {}, "it is as old as the rows that were read"


def test_what_others_do_for_other_images_costs_one_request_a_look(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    folder = trial.seed.folder_uuid
    link(trial.seed, upload(project, folder, {"Tag": "another", "Data Type": "Text_8B"}))
    trial.reset_request_counts()
    for _ in range(3):
        assert added.linked(folder, [SLOT], SINCE) == {}
    assert trial.requests()[LISTING] == 3


def test_a_caption_that_shows_after_a_newer_one_is_found(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    elsewhere = trial.seed.client().create_storage_folder("Elsewhere")
    item = upload(project, elsewhere.uuid, METADATA)
    link(trial.seed, item)
    upload(project, trial.seed.folder_uuid, {"Tag": "newer", "Data Type": "Text_8B"})
    assert added.linked(trial.seed.folder_uuid, [SLOT], SINCE) == {}
    elsewhere.move_items_to_folder(trial.seed.folder_uuid, [UUID(item)])
    assert added.linked(trial.seed.folder_uuid, [SLOT], SINCE) == {SLOT: [item]}


@pytest.mark.parametrize("first_metadata", [METADATA, {}])
def test_a_caption_that_is_linked_or_named_long_after_it_was_seen_is_found(
    tmp_path: Path, first_metadata: dict[str, str]
) -> None:
    """By then no look reads it again: it has been there for half an hour, and another item has come."""
    with running_local_encord(tmp_path) as server:
        seed = create_seed_project(server)
        project = EncordProject.open(seed.connection, seed.project_hash)
        added = AddedCaptions(project, {SLOT[0]}, known_until=SINCE - timedelta(hours=1))
        folder, since = seed.folder_uuid, SINCE - timedelta(hours=1)
        item = upload(project, folder, first_metadata)
        with closing(sqlite3.connect(tmp_path / "encord.sqlite3", timeout=30)) as database, database:
            half_an_hour_ago = (SINCE - timedelta(minutes=30)).isoformat(timespec="microseconds")
            database.execute("UPDATE items SET created_at = ?", [half_an_hour_ago])
        assert added.linked(folder, [SLOT], since) == {}
        upload(project, folder, {"Tag": "newer", "Data Type": "Text_8B"})
        assert added.linked(folder, [SLOT], since) == {}
        link(seed, item)
        seed.client().get_storage_item(item).update(client_metadata=METADATA)
        assert added.linked(folder, [SLOT], since) == {SLOT: [item]}


def test_a_look_that_failed_or_was_refused_is_made_up_for_in_each_folder(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    folders = [trial.seed.folder_uuid, trial.seed.client().create_storage_folder("Another").uuid]
    items = [upload(project, folder, METADATA) for folder in folders]
    for item in items:
        link(trial.seed, item)
    trial.inject_fault(match=LISTING, status=504, times=1)
    with pytest.raises(EncordUnavailable):
        added.linked(folders[0], [SLOT], SINCE)
    trial.inject_fault(match=LISTING, status=400, times=1)
    assert added.linked(folders[0], [SLOT], SINCE) == {}
    found = [added.linked(folder, [SLOT], SINCE) for folder in folders]
    assert found == [{SLOT: [item]} for item in items]
