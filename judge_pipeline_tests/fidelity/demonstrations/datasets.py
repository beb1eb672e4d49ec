"""Datasets and their rows."""

from encord import Dataset
from encord.orm.dataset import DatasetAccessSettings, DatasetUserRole

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import COLLEAGUE, World


def items_are_linked_renamed_and_unlinked(show: Show, world: World) -> None:
    dataset, item = world.new_dataset(), world.new_text()
    (row,) = show(Dataset.link_items, dataset, [item.uuid])
    assert [found.uid for found in show(Dataset.list_data_rows, dataset)] == [row.uid]
    show(Dataset.update_data_item, dataset, row.uid, "renamed.txt")
    show(Dataset.refetch_data, dataset)
    assert [found.title for found in dataset.data_rows] == ["renamed.txt"]
    show(Dataset.set_access_settings, dataset, DatasetAccessSettings(fetch_client_metadata=True))
    show(Dataset.get_dataset, dataset)
    show.properties(dataset)
    show(Dataset.delete_data, dataset, [row.uid])
    assert dataset.list_data_rows() == []


def an_upload_creates_item_and_row(show: Show, world: World) -> None:
    dataset, folder = world.new_dataset(), world.new_folder()
    show(Dataset.upload_image, dataset, world.image_file(), folder=folder.uuid)
    assert len(list(folder.list_items())) == len(dataset.list_data_rows()) == 1


def a_dataset_is_shared(show: Show, world: World) -> None:
    dataset = world.new_dataset()
    show(Dataset.add_users, dataset, [COLLEAGUE], DatasetUserRole.USER)
    assert COLLEAGUE in {user.user_email for user in show(Dataset.list_users, dataset)}
    show(Dataset.remove_users, dataset, [COLLEAGUE])
    assert COLLEAGUE not in {user.user_email for user in dataset.list_users()}


def no_cloud_integrations(show: Show, world: World) -> None:
    assert show(Dataset.get_cloud_integrations, world.dataset) == []
