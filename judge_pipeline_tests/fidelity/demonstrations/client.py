"""Clients and their lookups."""

from encord import EncordUserClient
from encord.orm.dataset import StorageLocation

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def clients(show: Show, world: World) -> None:
    server = world.seed.server
    client = show(EncordUserClient.create_with_ssh_private_key, server.private_key_text, domain=server.url)
    token = show(EncordUserClient.get_bearer_token, client)
    bearer = show(EncordUserClient.create_with_bearer_token, token, domain=server.url)
    assert bearer.get_project(world.seed.project_hash).title == "LLM as a judge"
    show.properties(client)


def things_are_found_by_title(show: Show, world: World) -> None:
    projects = show(EncordUserClient.list_projects, world.client, title_like="LLM%")
    assert world.seed.project_hash in {str(project.project_hash) for project in projects}
    (dataset,) = show(EncordUserClient.get_datasets, world.client, title_eq="Photographs")
    assert dataset["dataset"].dataset_hash == world.seed.dataset_hash
    (ontology,) = show(EncordUserClient.get_ontologies, world.client, title_eq="Captions")
    assert ontology["ontology"].ontology_hash == world.seed.ontology_hash


def things_are_opened_by_id(show: Show, world: World) -> None:
    client, seed = world.client, world.seed
    assert show(EncordUserClient.get_project, client, seed.project_hash).title == "LLM as a judge"
    assert show(EncordUserClient.get_dataset, client, seed.dataset_hash).title == "Photographs"
    assert show(EncordUserClient.get_ontology, client, seed.ontology_hash).title == "Captions"
    assert show(EncordUserClient.get_storage_folder, client, seed.folder_uuid).name == "Photographs"
    item = world.new_text()
    assert show(EncordUserClient.get_storage_item, client, item.uuid).name == "caption.txt"
    assert [found.uuid for found in show(EncordUserClient.get_storage_items, client, [item.uuid])] == [item.uuid]


def legacy_calls(show: Show, world: World) -> None:
    show(EncordUserClient.get_project_client, world.client, world.seed.project_hash)
    show(EncordUserClient.get_dataset_client, world.client, world.seed.dataset_hash)
    found = show(EncordUserClient.get_projects, world.client, title_eq=world.project.title)
    assert [one["project"].project_hash for one in found] == [world.seed.project_hash]
    show(EncordUserClient.find_storage_folders, world.client, search="Photographs")
    show(EncordUserClient.find_storage_items, world.client, search="caption")


def things_are_created(show: Show, world: World) -> None:
    client = world.client
    folder = show(EncordUserClient.create_storage_folder, client, "A folder", client_metadata={"shop": 1})
    (found,) = show(EncordUserClient.list_storage_folders, client, search="A folder")
    assert found.uuid == folder.uuid
    dataset = show(
        EncordUserClient.create_dataset, client, "A dataset", StorageLocation.CORD_STORAGE, create_backing_folder=False
    )
    ontology = show(EncordUserClient.create_ontology, client, "An ontology", structure=world.ontology.structure)
    project_hash = show(
        EncordUserClient.create_project,
        client,
        "A project",
        [dataset.dataset_hash],
        ontology_hash=ontology.ontology_hash,
    )
    assert client.get_project(project_hash).title == "A project"


def empty_lists(show: Show, world: World) -> None:
    assert show(EncordUserClient.list_organisation_tags, world.client) == []
    assert show(EncordUserClient.list_project_tags, world.client) == []
    assert show(EncordUserClient.get_cloud_integrations, world.client) == []
