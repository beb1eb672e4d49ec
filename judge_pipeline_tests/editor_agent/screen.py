"""Data units with frames in the agent's project, their labels, and a model that reads the number on the picture it gets."""

import base64
import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from encord.objects import Classification
from encord.objects.frames import Frames
from encord.objects.ontology_labels_impl import LabelRowV2
from PIL import Image

from judge_pipeline_tests.editor_agent.harness import CLASSIFICATION, Harness, description
from judge_pipeline_tests.models.stub_server import StubReply, StubRequest
from judge_pipeline_tests.models.video.numbered import H264, Recipe, number_of, picture

FRAMES = 24
SIZE = (64, 64)


def text_of(number: int) -> str:
    """What the model says of the frame with this number."""
    return f"The squares of the picture say {number}."


def reads_the_number(request: StubRequest) -> StubReply:
    """A model that describes a frame by the number that it shows."""
    return description(text_of(number_of(picture_in(request.body))))


def picture_in(body: Any) -> Image.Image:
    """The picture of a question."""
    url = body["messages"][1]["content"][0]["image_url"]["url"]
    return Image.open(BytesIO(base64.b64decode(url.partition(",")[2])))


def add_video(
    harness: Harness, *, recipe: Recipe = H264, frames: int = FRAMES, content: bytes | None = None, measured: Any = None
) -> str:
    """Uploads and links a video with numbered frames; returns its data hash. `measured` is what the client says of it."""
    path = harness.folder / f"film.{recipe.suffix}"
    made = recipe.make(harness.folder, frames=frames) if content is None else content
    path.write_bytes(made)
    folder = harness.seed.client().get_storage_folder(harness.seed.folder_uuid)
    return _linked(harness, folder.upload_video(path, title=path.name, video_metadata=measured))


def add_group(harness: Harness, *, frames: int = FRAMES, is_sequence: bool = False) -> str:
    """The same with an image group, or a sequence, of numbered pictures."""
    paths = [_saved(harness.folder / f"picture-{number:02}.png", number) for number in range(frames)]
    folder = harness.seed.client().get_storage_folder(harness.seed.folder_uuid)
    make = folder.create_image_sequence if is_sequence else folder.create_image_group
    return _linked(harness, make(paths, title="group"))


def _saved(path: Path, number: int) -> Path:
    picture(number, SIZE).save(path)
    return path


def _linked(harness: Harness, item: Any) -> str:
    dataset = harness.seed.client().get_dataset(harness.seed.dataset_hash, include_data_rows=False)
    return str(dataset.link_items([item])[0].uid)


def opened(harness: Harness, data_hash: str, *, project: Any = None) -> LabelRowV2:
    """The initialised label row."""
    (row,) = (project or harness.seed.project()).list_label_rows_v2(data_hashes=[data_hash])
    row.initialise_labels()
    return row


def answers(harness: Harness, data_hash: str) -> dict[int, list[str]]:
    """The descriptions on each frame that has one."""
    found: dict[int, list[str]] = {}
    for instance in opened(harness, data_hash).get_classification_instances():
        for annotation in instance.get_annotations():
            found.setdefault(annotation.frame, []).append(str(instance.get_answer()))
    return dict(sorted(found.items()))


def write(row: LabelRowV2, text: str, frames: Frames, *, is_manual: bool) -> None:
    """Adds a description to frames, not yet saved."""
    instance = row.ontology_structure.get_child_by_title(CLASSIFICATION, type_=Classification).create_instance()
    instance.set_for_frames(frames, manual_annotation=is_manual)
    instance.set_answer(text)
    row.add_classification_instance(instance)


def click(data_hash: str, harness: Harness, frame: int, objects: Sequence[str] = ()) -> bytes:
    """The body that the editor sends."""
    call = {"projectHash": harness.seed.project_hash, "dataHash": data_hash, "frame": frame}
    return json.dumps(call | ({"objectHashes": list(objects)} if objects else {})).encode()
