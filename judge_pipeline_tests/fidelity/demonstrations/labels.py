"""Label rows: created, filled, saved, read back and moved."""

from encord import Project
from encord.objects import Classification, ClassificationInstance, OntologyStructure, Shape
from encord.objects.coordinates import BoundingBoxCoordinates
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import StorageLocation
from encord.orm.label_row import LabelRow
from encord.orm.storage import CustomerProvidedImageMetadata

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def _answer(row: LabelRowV2, title: str = "LLM Judge Choice") -> ClassificationInstance:
    classification = row.ontology_structure.get_child_by_title(title, type_=Classification)
    instance = classification.create_instance()
    instance.set_answer(classification.attributes[0].options[0])
    instance.set_for_frames(0, manual_annotation=False)
    return instance


def _read_again(world: World, row: LabelRowV2) -> LabelRowV2:
    return world.project.list_label_rows_v2(data_hashes=[row.data_hash])[0]


def labels_are_created_saved_and_read_back(show: Show, world: World) -> None:
    row = _read_again(world, world.new_image_row())
    show(LabelRowV2.initialise_labels, row)
    instance = _answer(row)
    show(LabelRowV2.add_classification_instance, row, instance)
    show(LabelRowV2.add_to_single_frame_to_hashes_map, row, instance, 0)
    show(LabelRowV2.save, row)
    read = _read_again(world, row)
    read.initialise_labels()
    (found,) = show(LabelRowV2.get_classification_instances, read)
    assert found.classification_hash == instance.classification_hash
    show(LabelRowV2.remove_classification, read, found)
    read.save()
    assert show(LabelRowV2.to_encord_dict, read)["classification_answers"] == {}


def objects_are_stored_with_labels(show: Show, world: World) -> None:
    structure = OntologyStructure()
    box = structure.add_object("Cat", Shape.BOUNDING_BOX)
    ontology = world.client.create_ontology("Boxes", structure=structure)
    dataset = world.client.create_dataset("Boxes", StorageLocation.CORD_STORAGE, create_backing_folder=False)
    item = world.new_folder().upload_image(world.image_file())
    world.client.get_dataset(dataset.dataset_hash).link_items([item])
    project_hash = world.client.create_project("Boxes", [dataset.dataset_hash], ontology_hash=ontology.ontology_hash)
    (row,) = world.client.get_project(project_hash).list_label_rows_v2()
    row.initialise_labels()
    instance = box.create_instance()
    instance.set_for_frames(BoundingBoxCoordinates(height=0.5, width=0.5, top_left_x=0.1, top_left_y=0.1), 0)
    show(LabelRowV2.add_object_instance, row, instance)
    row.save()
    (read,) = world.client.get_project(project_hash).list_label_rows_v2()
    read.initialise_labels()
    (found,) = show(LabelRowV2.get_object_instances, read)
    assert found.object_hash == instance.object_hash
    show(LabelRowV2.remove_object, read, found)


def properties_of_a_row(show: Show, world: World) -> None:
    row = world.new_image_row()
    show.properties(row)
    show(LabelRowV2.get_frame_view, row)
    show(LabelRowV2.get_frame_views, row)
    show(LabelRowV2.get_frame_metadata, row)
    show(LabelRowV2.get_frames_metadata, row)
    assert show(LabelRowV2.get_image_hash, row, 0) == row.data_hash
    assert show(LabelRowV2.get_frame_number, row, row.data_hash) == 0
    assert show(LabelRowV2.get_spaces, row) == []
    show.impossible(LabelRowV2.get_space, row, id="space", type_="image")


def validation_errors_are_stored(show: Show, world: World) -> None:
    row = world.new_image_row()
    row.add_classification_instance(_answer(row))
    labels = row.to_encord_dict()
    for answer in labels["classification_answers"].values():
        answer["range"] = []
    world.project._client.save_label_rows([str(row.label_hash)], [LabelRow(labels)])  # type: ignore[no-untyped-call]
    saved = _read_again(world, row)
    assert not saved.is_valid
    (problem,) = show(LabelRowV2.get_validation_errors, saved) or []
    assert "'range' must be [[0, 0]]" in problem


def a_row_leads_to_its_item(show: Show, world: World) -> None:
    row = world.new_image_row()
    show(LabelRowV2.initialise_storage_item, row)
    assert show(LabelRowV2.get_storage_item, row).uuid == row.backing_item_uuid


def labels_are_created_detached_and_attached(show: Show, world: World) -> None:
    image = world.new_image_row()
    apart = show(
        LabelRowV2.from_media_metadata,
        world.ontology,
        CustomerProvidedImageMetadata(width=8, height=6, file_size=1, mime_type="image/png"),
    )
    apart.add_classification_instance(_answer(apart))
    show(LabelRowV2.attach_to_project, apart, world.project, image.data_hash)
    apart.save()
    read = _read_again(world, image)
    show(LabelRowV2.from_labels_dict, read, apart.to_encord_dict())
    assert len(read.get_classification_instances()) == 1


def priority_and_stage_are_changed(show: Show, world: World) -> None:
    row = world.new_image_row()
    show(LabelRowV2.set_priority, row, 0.75)
    assert _read_again(world, row).priority == 0.75
    show(LabelRowV2.workflow_complete, row)
    assert _stage(world, row) == "Complete"
    project, _, _ = world.annotation_project()
    (other,) = project.list_label_rows_v2()
    other.initialise_labels()
    other.workflow_complete()
    show(LabelRowV2.workflow_reopen, other)


def labels_are_copied_to_a_branch(show: Show, world: World) -> None:
    row = world.new_image_row()
    hashes = [row.data_hash]
    assert show(Project.copy_labels_to_branch, world.project, "other", data_hashes=hashes) == 1
    assert world.project.list_label_rows_v2(branch_name="other", data_hashes=hashes)[0].label_hash


def _stage(world: World, row: LabelRowV2) -> str:
    node = _read_again(world, row).workflow_graph_node
    return node.title if node else ""


def legacy_label_rows(show: Show, world: World) -> None:
    row = world.new_text_row()
    label = world.project.get_label_row(str(row.label_hash))
    show(Project.save_label_row, world.project, str(row.label_hash), label)
    show(Project.create_label_row, world.project, world.new_text_row().data_hash)
