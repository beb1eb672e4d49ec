"""Videos, image groups and sequences, audio and PDFs; labels on their frames."""

from encord import Dataset
from encord.objects.frames import Range
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.storage import StorageItemType
from encord.storage import StorageFolder, StorageItem

from judge_pipeline_tests import media_files
from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def files_of_other_kinds_are_uploaded(show: Show, world: World) -> None:
    folder = world.new_folder()
    show(StorageFolder.upload_video, folder, media_files.video(world.files / "a.mp4"))
    show(StorageFolder.upload_audio, folder, media_files.audio(world.files / "a.wav"))
    show(StorageFolder.upload_pdf, folder, media_files.pdf(world.files / "a.pdf"))
    summary = folder.get_summary()
    assert (summary.videos, summary.audios, summary.pdfs) == (1, 1, 1)


def images_are_grouped(show: Show, world: World) -> None:
    folder, pictures = world.new_folder(), media_files.pictures(world.files, count=2)
    group = show(StorageFolder.create_image_group, folder, pictures)
    show(StorageFolder.create_image_sequence, folder, pictures)
    item = world.client.get_storage_item(group)
    assert item.item_type is StorageItemType.IMAGE_GROUP
    assert len(list(show(StorageItem.get_child_items, item, get_signed_urls=True))) == 2


def a_dataset_takes_videos_and_groups(show: Show, world: World) -> None:
    folder, dataset = world.new_folder(), world.new_dataset()
    show(Dataset.upload_video, dataset, media_files.video(world.files / "a.mp4"), folder=folder)
    pictures = media_files.pictures(world.files, count=2)
    show(Dataset.create_image_group, dataset, pictures, folder=folder, create_video=False)
    assert [row.data_type.value for row in dataset.list_data_rows()] == ["video", "img_group"]


def labels_lie_on_frames(show: Show, world: World) -> None:
    row = world.linked(world.new_folder().create_image_group(media_files.pictures(world.files)))
    classification = row.ontology_structure.classifications[0]
    instance = classification.create_instance()
    instance.set_answer(classification.attributes[0].options[0])  # type: ignore[union-attr]
    instance.set_for_frames(Range(1, 2))
    row.add_classification_instance(instance)
    show(LabelRowV2.save, row)
    row = world.project.list_label_rows_v2(data_hashes=[row.data_hash])[0]
    show(LabelRowV2.initialise_labels, row)
    (read,) = row.get_classification_instances()
    assert [annotation.frame for annotation in read.get_annotations()] == [1, 2]
