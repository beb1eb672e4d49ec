"""Projects: their parts, users, tags and status."""

from encord import EncordUserClient, Project
from encord.objects import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.label_log import Action
from encord.orm.project import ProjectStatus
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import COLLEAGUE, World


def properties_of_a_project(show: Show, world: World) -> None:
    project = world.project
    show.properties(project, but=("label_rows", "datasets"))
    show(Project.refetch_data, project)
    show(Project.refetch_ontology, project)
    show(Project.get_project_ontology, project)
    show(Project.get_cloud_integrations, project)
    assert list(show(Project.list_branches, project)) == ["main"]


def legacy_calls(show: Show, world: World) -> None:
    project = world.project
    show(Project.get_project, project)
    show.property(Project.datasets, project)
    show.property(Project.label_rows, project)
    show(Project.list_label_rows, project)
    row = world.new_text_row()
    show(Project.get_label_row, project, str(row.label_hash))
    show(Project.get_label_rows, project, [str(row.label_hash)])
    video, images = show(Project.get_data, project, world.new_image_row().data_hash)
    assert video is None
    assert images is not None


def a_project_is_copied(show: Show, world: World) -> None:
    copy = show(Project.copy_project, world.project, copy_datasets=True, new_title="Once more")
    assert world.client.get_project(copy).title == "Once more"
    show.limited(Project.copy_project, "labels are not copied, datasets not cloned")


def changes_of_labels_are_logged(show: Show, world: World) -> None:
    row = world.new_image_row()
    row.add_classification_instance(_first_answer(row))
    row.save()
    (log,) = show(Project.get_label_logs, world.project, data_hash=row.data_hash)
    assert (log.action, log.user_email) == (Action.ADD, world.seed.server.email)


def the_status_is_set(show: Show, world: World) -> None:
    project, _, _ = world.annotation_project()
    show(Project.set_status, project, ProjectStatus.PAUSED)
    assert world.client.get_project(project.project_hash).status == ProjectStatus.PAUSED


def datasets_are_attached_and_detached(show: Show, world: World) -> None:
    project, dataset = world.project, world.new_dataset()
    show(Project.add_datasets, project, [dataset.dataset_hash])
    listed = show(Project.list_datasets, project)
    assert dataset.dataset_hash in {str(found.dataset_hash) for found in listed}
    show(Project.remove_datasets, project, [dataset.dataset_hash])


def a_project_is_shared(show: Show, world: World) -> None:
    project = world.project
    show(Project.add_users, project, [COLLEAGUE], ProjectUserRole.REVIEWER)
    roles = {user.user_email: user.user_role for user in show(Project.list_users, project)}
    assert roles[COLLEAGUE] == ProjectUserRole.REVIEWER
    show(Project.remove_users, project, [COLLEAGUE])
    assert COLLEAGUE not in {user.user_email for user in project.list_users()}


def a_project_is_tagged(show: Show, world: World) -> None:
    client, project = world.client, world.project
    tag = show(EncordUserClient.create_organisation_tag, client, "captions")
    show(Project.add_organisation_tag, project, tag)
    assert show(Project.get_organisation_tags, project) == show(Project.get_tags, project, use_cache=False) == [tag]
    assert [found.title for found in client.list_projects(tags_anyof=["captions"])] == [project.title]
    show(Project.remove_organisation_tag, project, tag)
    show(EncordUserClient.delete_organisation_tag, client, tag)
    assert show(EncordUserClient.list_organisation_tags, client) == []


def rows_are_listed_and_classifications_read_in_bulk(show: Show, world: World) -> None:
    row = world.new_text_row()
    (listed,) = show(
        Project.list_label_rows_v2, world.project, data_hashes=[row.data_hash], include_client_metadata=True
    )
    assert listed.label_hash == row.label_hash
    (read,) = show(Project.get_label_classifications, world.project, [str(row.label_hash)])
    assert str(read.label_uuid) == row.label_hash


def a_bundle_sends_one_request_for_many_rows(show: Show, world: World) -> None:
    data_hashes = [world.new_text_row().data_hash for _ in range(2)]
    rows = world.project.list_label_rows_v2(data_hashes=data_hashes)
    for row in rows:
        row.initialise_labels()
    with show(Project.create_bundle, world.project) as bundle:
        before = _saves(world)
        for row in rows:
            row.save(bundle=bundle)
    assert _saves(world) == before + 1


def _first_answer(row: LabelRowV2) -> ClassificationInstance:
    choice = row.ontology_structure.classifications[0]
    instance = choice.create_instance()
    instance.set_answer(choice.attributes[0].options[0])
    instance.set_for_frames()
    return instance


def _saves(world: World) -> int:
    stats = world.seed.server.control("GET", "stats").json()
    return int(stats["by_operation"].get("v1 POST labelrow", 0))
