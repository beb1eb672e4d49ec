"""A caption that others add to a folder is found however and whenever it shows, and each look reads only what is new."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.added_captions import AddedCaptions
from judge_pipeline.encord_project.errors import EncordUnavailable
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline_tests.engine.trial import Trial

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


def link(trial: Trial, item: str) -> None:
    trial.seed.client().get_dataset(trial.seed.dataset_hash).link_items([UUID(item)])


def test_only_a_linked_caption_is_found_also_if_it_was_not_linked_at_the_last_look(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    folder = trial.seed.folder_uuid
    item = upload(project, folder, METADATA)
    assert added.linked(folder, [SLOT], SINCE) == {}
    link(trial, item)
    assert added.linked(folder, [OTHER], SINCE) == {}
    assert added.linked(folder, [SLOT, OTHER], SINCE) == {SLOT: [item]}
    assert added.linked(folder, [SLOT], datetime.now(UTC)) == {}, "it is as old as the rows that were read"


def test_what_others_do_for_other_images_costs_one_request_a_look(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    folder = trial.seed.folder_uuid
    link(trial, upload(project, folder, {"Tag": "another", "Data Type": "Text_8B"}))
    trial.reset_request_counts()
    for _ in range(3):
        assert added.linked(folder, [SLOT], SINCE) == {}
    assert trial.requests()[LISTING] == 3


def moved_in(trial: Trial, project: EncordProject) -> tuple[str, Callable[[], None]]:
    """It shows in the folder after a newer one."""
    elsewhere = trial.seed.client().create_storage_folder("Elsewhere")
    item = upload(project, elsewhere.uuid, METADATA)
    upload(project, trial.seed.folder_uuid, {"Tag": "newer", "Data Type": "Text_8B"})
    return item, lambda: elsewhere.move_items_to_folder(trial.seed.folder_uuid, [UUID(item)])


def named_later(trial: Trial, project: EncordProject) -> tuple[str, Callable[[], None]]:
    """Its client metadata is written after a look has seen it."""
    item = upload(project, trial.seed.folder_uuid, {})
    return item, lambda: trial.seed.client().get_storage_item(item).update(client_metadata=METADATA)


@pytest.mark.parametrize("added_late", [moved_in, named_later])
def test_a_caption_that_shows_late_is_found(
    trial: Trial,
    project: EncordProject,
    added: AddedCaptions,
    added_late: Callable[[Trial, EncordProject], tuple[str, Callable[[], None]]],
) -> None:
    item, show = added_late(trial, project)
    link(trial, item)
    assert added.linked(trial.seed.folder_uuid, [SLOT], SINCE) == {}
    show()
    assert added.linked(trial.seed.folder_uuid, [SLOT], SINCE) == {SLOT: [item]}


def test_a_look_that_failed_or_was_refused_is_made_up_for_in_each_folder(
    trial: Trial, project: EncordProject, added: AddedCaptions
) -> None:
    folders = [trial.seed.folder_uuid, trial.seed.client().create_storage_folder("Another").uuid]
    items = [upload(project, folder, METADATA) for folder in folders]
    for item in items:
        link(trial, item)
    trial.inject_fault(match=LISTING, status=504, times=1)
    with pytest.raises(EncordUnavailable):
        added.linked(folders[0], [SLOT], SINCE)
    trial.inject_fault(match=LISTING, status=400, times=1)
    assert added.linked(folders[0], [SLOT], SINCE) == {}
    found = [added.linked(folder, [SLOT], SINCE) for folder in folders]
    assert found == [{SLOT: [item]} for item in items]
