"""What the pipeline does not use and the local Encord does not imitate: it answers 501 with the operation's name."""

from datetime import UTC, datetime
from uuid import uuid4

from encord import Dataset, EncordUserClient, Project
from encord.beta.scene.builder import SceneBuilder
from encord.ontology import Ontology
from encord.orm.active import ActiveProjectMode
from encord.orm.dataset import DatasetUserRole, StorageLocation
from encord.orm.filter_preset import ActiveFilterPresetDefinition
from encord.orm.project import ReviewMode
from encord.orm.storage import StorageUserRole
from encord.project_ontology.classification_type import ClassificationType
from encord.project_ontology.object_type import ObjectShape
from encord.storage import StorageFolder
from encord.utilities.client_utilities import LocalImport
from encord.utilities.ontology_user import OntologyUserRole
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import COLLEAGUE, World

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def groups_of_users(show: Show, world: World) -> None:
    client, group = world.client, uuid4()
    project, dataset, ontology, folder = world.project, world.dataset, world.ontology, world.new_folder()
    show.refused(EncordUserClient.list_groups, client)
    show.refused(EncordUserClient.create_group, client, "annotators")
    show.refused(EncordUserClient.get_group, client, group)
    show.refused(EncordUserClient.delete_group, client, group)
    show.refused(Project.list_groups, project)
    show.refused(Project.add_group, project, group, ProjectUserRole.ANNOTATOR)
    show.refused(Project.remove_group, project, group)
    show.refused(Dataset.list_groups, dataset)
    show.refused(Dataset.add_group, dataset, group, DatasetUserRole.USER)
    show.refused(Dataset.remove_group, dataset, group)
    show.refused(Ontology.list_groups, ontology)
    show.refused(Ontology.add_group, ontology, group, OntologyUserRole.USER)
    show.refused(Ontology.remove_group, ontology, group)
    show.refused(StorageFolder.list_groups, folder)
    show.refused(StorageFolder.add_group, folder, group, StorageUserRole.USER)
    show.refused(StorageFolder.remove_group, folder, group)


def the_organisation(show: Show, world: World) -> None:
    client = world.client
    show.refused(EncordUserClient.list_organisation_users, client)
    show.refused(
        EncordUserClient.add_organisation_user, client, COLLEAGUE, role_mnemonic_name="MEMBER", member_type="internal"
    )
    show.refused(EncordUserClient.remove_organisation_user, client, COLLEAGUE)


def collections_and_presets(show: Show, world: World) -> None:
    client, project, one = world.client, world.project, uuid4()
    show.refused(EncordUserClient.list_collections, client)
    show.refused(EncordUserClient.create_collection, client, world.seed.folder_uuid, "a collection")
    show.refused(EncordUserClient.get_collection, client, one)
    show.refused(EncordUserClient.delete_collection, client, one)
    show.refused(EncordUserClient.list_presets, client)
    show.refused(EncordUserClient.create_preset, client, "a preset", {})
    show.refused(EncordUserClient.get_filter_preset, client, one)
    show.refused(EncordUserClient.get_filter_presets, client, [one])
    show.refused(EncordUserClient.delete_preset, client, one)
    show.refused(Project.list_collections, project)
    show.refused(Project.create_collection, project, "a collection")
    show.refused(Project.get_collection, project, one)
    show.refused(Project.delete_collection, project, one)
    show.refused(Project.list_filter_presets, project)
    show.refused(Project.get_filter_preset, project, one)
    show.refused(Project.delete_filter_preset, project, one)
    show.refused(Project.create_filter_preset, project, "a preset", ActiveFilterPresetDefinition())
    show.refused(Project.active_import, project, ActiveProjectMode.DATA)
    show.refused(Project.active_sync, project)


def logs_and_analytics(show: Show, world: World) -> None:
    project = world.project
    show.refused(Project.get_editor_logs, project, SINCE, datetime.now(UTC))
    show.refused(Project.get_task_actions, project, after=SINCE)
    show.refused(Project.list_collaborator_timers, project, SINCE)
    show.refused(Project.list_time_spent, project, SINCE)


def other_data_types(show: Show, world: World) -> None:
    folder, image = world.new_folder(), world.image_file()
    show.refused(StorageFolder.upload_nifti, folder, image)
    show.refused(StorageFolder.upload_time_series, folder, image)
    show.refused(StorageFolder.upload_scene_file, folder, image)
    scene = SceneBuilder()
    scene.add_pcd_stream("lidar").add_pcd(uri="s3://bucket/a.pcd", timestamp=0.0)
    show.refused(StorageFolder.upload_scene, folder, scene, "a scene", str(uuid4()))
    show.refused(StorageFolder.create_dicom_series, folder, [image])
    dataset = world.dataset
    show.refused(Dataset.create_dicom_series, dataset, [image])
    show.refused(Dataset.re_encode_data, dataset, [str(uuid4())])
    show.refused(Dataset.re_encode_data_status, dataset, 1)
    show.refused(StorageFolder.re_encode_videos, folder, [uuid4()], "again", True)
    show.refused(StorageFolder.get_re_encoding_status, folder, uuid4())
    show.refused(EncordUserClient.deidentify_dicom_files, world.client, ["s3://a"], str(uuid4()))
    show.refused(EncordUserClient.deidentify_dicom_files_start, world.client, ["s3://a"], str(uuid4()))
    show.refused(EncordUserClient.deidentify_dicom_files_get_result, world.client, uuid4())


def data_in_a_customers_own_bucket(show: Show, world: World) -> None:
    folder, dataset, integration = world.new_folder(), world.dataset, str(uuid4())
    files = {"images": [{"objectUrl": "s3://bucket/a.jpg"}]}
    show.refused(Dataset.add_private_data_to_dataset_start, dataset, integration, files, folder=folder.uuid)
    mirror = world.client.create_dataset("Mirror", StorageLocation.CORD_STORAGE, create_backing_folder=True)
    mirrored = world.client.get_dataset(mirror.dataset_hash)
    show.refused(Dataset.add_private_data_to_dataset, mirrored, integration, files)
    show.absent("no such job can be started", Dataset.add_private_data_to_dataset_get_result)
    show(EncordUserClient.create_private_dataset, world.client, "Private", StorageLocation.AWS)
    show.refused(StorageFolder.add_data_to_folder_job_cancel, folder, uuid4())
    show.refused(StorageFolder.get_folder_config, folder)
    show.refused(StorageFolder.enable_metadata_ingestion, folder)
    show.refused(StorageFolder.sync_private_data_with_cloud_synced_folder_start, folder)
    show.refused(StorageFolder.sync_private_data_with_cloud_synced_folder_get_result, folder, uuid4())


def imports_and_exports(show: Show, world: World) -> None:
    project = world.project
    show.absent("the SDK needs packages for it that are not installed", Project.export_coco_labels)
    show(Project.import_coco_labels, project, {"categories": [], "images": [], "annotations": []}, {}, {})
    show.refused(Project.object_interpolation, project, [1], [1])
    exported = world.files / "cvat"
    (exported / "images").mkdir(parents=True)
    world.image_file().rename(exported / "images" / "a.png")
    (exported / "annotations.xml").write_text("<annotations><meta><task/></meta></annotations>")
    cvat = LocalImport(str(exported))
    show.refused(EncordUserClient.create_project_from_cvat, world.client, cvat, "from CVAT")
    show.refused(
        EncordUserClient.create_project_from_cvat_start,
        world.client,
        import_method=cvat,
        dataset_name="from CVAT",
        review_mode=ReviewMode.LABELLED,
        transform_bounding_boxes_to_polygons=False,
    )
    show.refused(EncordUserClient.create_project_from_cvat_get_result, world.client, uuid4())


def ontologies_edited_through_a_project(show: Show, world: World) -> None:
    show.refused(Project.add_object, world.project, "Cat", ObjectShape.BOUNDING_BOX)
    show.refused(Project.add_classification, world.project, "Is it art?", ClassificationType.TEXT, False)
