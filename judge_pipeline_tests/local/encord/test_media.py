"""Videos, audio, PDFs and groups of images: measured, listed, labelled frame by frame, read back, and read in parts."""

import sys
import zlib
from pathlib import Path

import pytest
import requests
from encord.exceptions import CorruptedLabelError, EncordException, InvalidArgumentsError
from encord.objects import AnswerForFrames, Classification, Object, Shape
from encord.objects.attributes import TextAttribute
from encord.objects.coordinates import BoundingBoxCoordinates
from encord.objects.frames import Range
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import ImagesDataFetchOptions
from encord.orm.label_row import LabelRow
from encord.orm.storage import CustomerProvidedVideoMetadata, DataUploadImageGroupFromItems, DataUploadItems
from encord.storage import StorageFolder, StorageItem

from judge_pipeline_tests import media_files
from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject


@pytest.fixture
def folder(seed: SeedProject) -> StorageFolder:
    return seed.client().get_storage_folder(seed.folder_uuid)


def item_of(seed: SeedProject, uuid: object) -> StorageItem:
    return seed.client().get_storage_item(str(uuid), sign_url=True)


def row_of(seed: SeedProject, uuid: object) -> LabelRowV2:
    """The initialised label row of an item that is linked with this."""
    data = seed.client().get_dataset(seed.dataset_hash).link_items([uuid])[0]  # type: ignore[list-item]
    return again(seed, data.uid)


def again(seed: SeedProject, data_hash: str) -> LabelRowV2:
    row = seed.project().list_label_rows_v2(data_hashes=[data_hash], include_images_data=True)[0]
    row.initialise_labels(include_signed_url=True)
    return row


def with_a_box(seed: SeedProject) -> Object:
    """A box with a dynamic note, added to the ontology."""
    ontology = seed.client().get_ontology(seed.ontology_hash)
    box = ontology.structure.add_object("Box", Shape.BOUNDING_BOX)
    box.add_attribute(TextAttribute, "Note", dynamic=True)
    ontology.save()
    return box


def test_a_video_is_measured_and_read_in_parts(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    path = media_files.video(tmp_path / "a.mp4", frames=12, rate=10)
    item = item_of(seed, folder.upload_video(path, client_metadata={"shop": 1}))
    assert (item.frame_count, item.fps, item.duration, item.width, item.height) == (12, 10, 1.2, 64, 48)
    assert (item.mime_type, item.client_metadata) == ("video/mp4", {"shop": 1})
    part = requests.get(str(item.get_signed_url()), headers={"Range": "bytes=4-7"}, timeout=10)
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (
        206,
        b"ftyp",
        f"bytes 4-7/{path.stat().st_size}",
    )
    row = row_of(seed, item.uuid)
    assert (row.number_of_frames, row.fps, row.duration, row.width, row.height) == (12, 10, 1.2, 64, 48)
    assert requests.get(str(row.data_link), timeout=10).content == path.read_bytes()
    (data,) = seed.client().get_dataset(seed.dataset_hash).list_data_rows()
    assert (data.frames_per_second, data.duration, data.is_image_sequence) == (10, 1.2, None)


@pytest.mark.parametrize(("name", "codec"), [("a.webm", "libvpx"), ("a.mkv", "libx264"), ("a.avi", "mpeg4")])
def test_the_frames_of_other_containers_are_counted(
    folder: StorageFolder, tmp_path: Path, name: str, codec: str
) -> None:
    folder.upload_video(media_files.video(tmp_path / name, frames=7, codec=codec))
    (item,) = folder.list_items()
    assert (item.frame_count, item.fps) == (7, 25)


def test_a_turned_video_and_one_with_a_variable_rate(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    turned = item_of(seed, folder.upload_video(media_files.turn(media_files.video(tmp_path / "turned.mp4"))))
    assert (turned.width, turned.height) == (48, 64)
    varying = media_files.video(tmp_path / "varying.mp4", frames=4, times=(0, 40, 600, 1000))
    assert item_of(seed, folder.upload_video(varying)).frame_count == 4


def test_what_the_client_has_measured_is_believed(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    """As Encord does; the file is not even opened."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"not a video")
    given = CustomerProvidedVideoMetadata(fps=30, duration=0.1, width=8, height=6, file_size=11, mime_type="video/mp4")
    item = item_of(seed, folder.upload_video(path, video_metadata=given))
    assert (item.frame_count, item.fps, item.width, item.height) == (3, 30, 8, 6)


def test_audio_and_pdfs_are_measured(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    sound = item_of(seed, folder.upload_audio(media_files.audio(tmp_path / "a.wav", rate=8000, seconds=2)))
    assert (sound.duration, sound.audio_sample_rate, sound.audio_bit_depth) == (2, 8000, 16)
    assert (sound.audio_codec, sound.audio_num_channels) == ("pcm_s16le", 1)
    row = row_of(seed, sound.uuid)
    assert (row.number_of_frames, row.audio_sample_rate, row.audio_codec) == (16000, 8000, "pcm_s16le")
    document = item_of(seed, folder.upload_pdf(media_files.pdf(tmp_path / "a.pdf", pages=3)))
    assert (document.frame_count, document.mime_type, row_of(seed, document.uuid).number_of_frames) == (
        3,
        "application/pdf",
        3,
    )
    compressed = tmp_path / "compressed.pdf"
    tree = zlib.compress(b"<< /Type /Catalog /Pages 2 0 R >> << /Count 5 /Type /Pages /Kids [3 0 R] >>")
    head = b"%PDF-1.5\n9 0 obj\n<< /Type /ObjStm /N 2 /First 10 /Filter /FlateDecode >>\nstream\n"
    compressed.write_bytes(head + tree + b"\nendstream\nendobj\n")
    assert item_of(seed, folder.upload_pdf(compressed)).frame_count == 5


def test_a_bad_file_fails_its_job_with_the_reason(
    folder: StorageFolder, photographs: list[Path], tmp_path: Path
) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("not a video")
    with pytest.raises(EncordException, match="cannot be read as video: Invalid data"):
        folder.upload_video(text)
    with pytest.raises(EncordException, match="no video track"):
        folder.upload_video(photographs[0])
    with pytest.raises(EncordException, match="no audio track"):
        folder.upload_audio(media_files.video(tmp_path / "silent.mp4"))
    with pytest.raises(EncordException, match="not a PDF"):
        folder.upload_pdf(text)
    with pytest.raises(EncordException, match=r"frame 'a.mp4' is not an image"):
        folder.create_image_group([photographs[0], text])
    with pytest.raises(EncordException, match="must have one size"):
        folder.create_image_sequence([*media_files.pictures(tmp_path, count=1), photographs[0]])
    assert list(folder.list_items()) == []


def test_an_image_group_has_a_data_unit_for_each_frame(
    seed: SeedProject, folder: StorageFolder, tmp_path: Path
) -> None:
    paths = media_files.pictures(tmp_path)
    item = item_of(seed, folder.create_image_group(paths, title="four"))
    frames = list(item.get_child_items(get_signed_urls=True))
    assert (item.frame_count, item.url, [frame.name for frame in frames]) == (4, None, [path.name for path in paths])
    assert requests.get(str(frames[2].get_signed_url()), timeout=10).content == paths[2].read_bytes()
    assert frames[0].get_summary().accessible_group_items[0].uuid == item.uuid
    assert (folder.get_summary().image_groups, folder.get_summary().images) == (1, 4)
    row = row_of(seed, item.uuid)
    shown = row.get_frame_view(2)
    assert (row.number_of_frames, shown.image_title, shown.image_hash) == (4, paths[2].name, str(frames[2].uuid))
    assert requests.get(str(shown.data_link), timeout=10).content == paths[2].read_bytes()
    assert [image.title for image in row.get_frames_metadata()] == [path.name for path in paths]
    (data,) = seed.client().get_dataset(seed.dataset_hash).list_data_rows()
    data.refetch_data(images_data_fetch_options=ImagesDataFetchOptions(fetch_signed_urls=True))
    assert [(image.width, image.height) for image in data.images_data or []] == [(64, 48)] * 4
    _, images = seed.project().get_data(row.data_hash)
    assert [image["image_hash"] for image in images or []] == [str(frame.uuid) for frame in frames]


def test_an_image_sequence_is_also_a_video(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    folder.create_image_group(media_files.pictures(tmp_path, size=(65, 48)))
    images = [item.uuid for item in folder.list_items() if item.width]
    made = DataUploadItems(
        image_groups_from_items=[DataUploadImageGroupFromItems(image_items=images, title="again", create_video=True)]
    )
    job = folder.add_private_data_to_folder_start(None, made)  # type: ignore[arg-type]
    item = item_of(seed, folder.add_private_data_to_folder_get_result(job).items_with_names[0].item_uuid)
    assert (item.frame_count, item.fps, item.width, item.height, item.mime_type) == (4, 25, 64, 48, "video/mp4")
    assert {frame.uuid for frame in item.get_child_items()} == set(images)
    assert requests.get(str(item.get_signed_url()), timeout=10).content[4:8] == b"ftyp"
    assert row_of(seed, item.uuid).get_frame_view(3).width == 65
    assert seed.client().get_dataset(seed.dataset_hash).list_data_rows()[0].is_image_sequence is True


def test_frames_go_with_the_last_group_that_has_them(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    group = item_of(seed, folder.create_image_group(media_files.pictures(tmp_path, count=2)))
    frame = next(iter(group.get_child_items()))
    with pytest.raises(InvalidArgumentsError, match=f"is in the data group {group.uuid}"):
        frame.delete()
    group.delete(remove_unused_frames=False)
    assert len(list(folder.list_items())) == 2
    other = item_of(seed, folder.create_image_group(media_files.pictures(tmp_path, count=2)))
    other.delete()
    assert frame.uuid in {item.uuid for item in folder.list_items()}
    assert len(list(folder.list_items())) == 2


@pytest.mark.parametrize("kind", ["video", "group"])
def test_labels_on_frames_are_read_back(seed: SeedProject, folder: StorageFolder, tmp_path: Path, kind: str) -> None:
    """An object with a dynamic answer on two frames, and a classification on a range of them."""
    attribute = with_a_box(seed).attributes[0]
    if kind == "video":
        uuid = folder.upload_video(media_files.video(tmp_path / "a.mp4"))
    else:
        uuid = folder.create_image_group(media_files.pictures(tmp_path))
    row = row_of(seed, uuid)
    drawn = row.ontology_structure.get_child_by_title("Box", type_=Object).create_instance()
    corner = BoundingBoxCoordinates(height=0.5, width=0.5, top_left_x=0, top_left_y=0)
    drawn.set_for_frames(corner, frames=Range(1, 2))
    drawn.set_answer("near", attribute=attribute, frames=2)
    row.add_object_instance(drawn)
    chosen = answer(row, "Final Choice", "LLM-8B", frames=Range(1, 3))
    row.save(validate_before_saving=True)
    read = again(seed, row.data_hash)
    (found,), (choice,) = read.get_object_instances(), read.get_classification_instances()
    assert [each.frame for each in found.get_annotations()] == [1, 2]
    assert found.get_answer(attribute) == [AnswerForFrames("near", [Range(2, 2)])]
    assert choice.classification_hash == chosen.classification_hash
    assert [each.frame for each in choice.get_annotations()] == [1, 2, 3]
    other = row.ontology_structure.get_child_by_title("LLM Judge Choice", type_=Classification)
    only = seed.project().list_label_rows_v2(data_hashes=[row.data_hash])[0]
    only.initialise_labels(
        include_object_feature_hashes=set(), include_classification_feature_hashes={other.feature_node_hash}
    )
    assert (only.get_object_instances(), only.get_classification_instances()) == ([], [])


def test_labels_outside_of_the_frames_are_invalid(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    row = row_of(seed, folder.upload_video(media_files.video(tmp_path / "a.mp4", frames=3)))
    late = answer(row, "Final Choice", "LLM-8B", frames=2)
    row.save(validate_before_saving=True)
    labels, save = LabelRow(row.to_encord_dict()), seed.project()._client.save_label_rows  # type: ignore[no-untyped-call]
    for wrong in ([[2, 3]], [[-1, 0]], [["a", 1]], [2], {"0": 1}, 5):
        labels["classification_answers"][late.classification_hash]["range"] = wrong
        with pytest.raises(CorruptedLabelError, match=r"'range' must name frames from 0 to 2, found"):
            save([str(row.label_hash)], [labels], validate_before_saving=True)
    labels["classification_answers"][late.classification_hash]["range"] = [[2, 3]]
    save([str(row.label_hash)], [labels])
    assert again(seed, row.data_hash).is_valid is False


def test_a_data_group_has_spaces_for_media(seed: SeedProject, folder: StorageFolder, tmp_path: Path) -> None:
    members = [
        folder.upload_video(media_files.video(tmp_path / "a.mp4", frames=5)),
        folder.upload_audio(media_files.audio(tmp_path / "a.wav")),
        folder.upload_pdf(media_files.pdf(tmp_path / "a.pdf")),
    ]
    row = row_of(seed, folder.create_data_group(members))
    box = BoundingBoxCoordinates(height=0.5, width=0.5, top_left_x=0, top_left_y=0)
    drawn = with_a_box(seed).create_instance()
    row = again(seed, row.data_hash)
    row.get_space(layout_key="0", type_="video").put_object_instance(drawn, frames=Range(1, 3), coordinates=box)
    row.save()
    read = again(seed, row.data_hash)
    annotations = read.get_space(layout_key="0", type_="video").get_annotations(type_="object")
    assert [(each.object_hash, each.frame) for each in annotations] == [(drawn.object_hash, n) for n in (1, 2, 3)]
    assert {space.metadata.layout_key for space in read.get_spaces()} == {"0", "1", "2"}


def test_without_pyav_an_upload_names_the_extra(
    folder: StorageFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media_files.video(tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(EncordException, match=r"pip install 'judge-pipeline\[local\]'"):
        folder.upload_video(path)
