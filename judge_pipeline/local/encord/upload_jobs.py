"""The parts of an upload job: what a client sends, and each item it asks for with its file measured.

Files are measured before the job's transaction, as counting the frames of a long video takes seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from pydantic import Field

from judge_pipeline.local.encord import access, media, video
from judge_pipeline.local.encord.blobs import object_key
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.media import GivenAudio, GivenPdf, GivenVideo, Measured
from judge_pipeline.local.encord.storage_items import NewItem
from judge_pipeline.local.encord.wire import Body, Id


class UploadUnit(Body):
    """One file of an upload job; the client may have measured a video, an audio file or a PDF itself."""

    object_url: str
    title: str | None = None
    client_metadata: dict[str, Any] = Field(default_factory=dict)
    placeholder_item_uuid: Id | None = None
    video_metadata: GivenVideo | None = None
    audio_metadata: GivenAudio | None = None
    pdf_metadata: GivenPdf | None = None

    def given(self, item_type: str) -> GivenVideo | GivenAudio | GivenPdf | None:
        """The client's own measurement of an item of this type, None if it sent none."""
        return {"video": self.video_metadata, "audio": self.audio_metadata, "pdf": self.pdf_metadata}.get(item_type)


class GroupFrame(Body):
    """One image of a group."""

    url: str
    title: str | None = None
    placeholder_item_uuid: Id | None = None


class ImageGroup(Body):
    """Images that are labelled together: as frames of a group or, with `create_video`, of a sequence."""

    images: tuple[GroupFrame, ...] = Field(min_length=1)
    title: str | None = None
    client_metadata: dict[str, Any] = Field(default_factory=dict)
    create_video: bool = False


class ImageGroupFromItems(Body):
    """The same, of images that are items already."""

    image_items: tuple[Id, ...] = Field(min_length=1)
    title: str | None = None
    client_metadata: dict[str, Any] = Field(default_factory=dict)
    create_video: bool


class DataItems(Body):
    """The files of an upload job by kind; unsupported kinds are parsed only to be refused."""

    images: tuple[UploadUnit, ...] = ()
    text: tuple[UploadUnit, ...] = ()
    videos: tuple[UploadUnit, ...] = ()
    audio: tuple[UploadUnit, ...] = ()
    pdf: tuple[UploadUnit, ...] = ()
    image_groups: tuple[ImageGroup, ...] = ()
    image_groups_from_items: tuple[ImageGroupFromItems, ...] = ()
    dicom_series: tuple[Any, ...] = ()
    time_series: tuple[Any, ...] = ()
    nifti: tuple[Any, ...] = ()
    scenes: tuple[Any, ...] = ()


class UploadJob(Body):
    """An upload job; files in a customer's own bucket, in either protocol's fields, are parsed only to be refused."""

    data_items: DataItems = Field(default_factory=DataItems)
    external_files: Any = None
    files: Any = None
    integration_hash: str | None = None
    integration_id: str | None = None
    ignore_errors: bool = False
    folder_uuid: Id | None = None


STORED_KINDS = {"images": "image", "text": "plainText", "videos": "video", "audio": "audio", "pdf": "pdf"}
"""The item type of each kind of single file that is stored here."""

STORED = "images, image groups and sequences, videos, audio, PDFs and plain texts"


@dataclass(frozen=True)
class Problem:
    """A unit of a job that cannot become an item."""

    object_keys: tuple[str, ...]
    type: str
    reason: str


def prepare(call: Call, job: UploadJob) -> list[NewItem | Problem]:
    """What a job asks for, measured; InvalidArguments if it asks for kinds that are not stored here."""
    data = job.data_items
    served = (*STORED_KINDS, "image_groups", "image_groups_from_items")
    refused = [name for name in type(data).model_fields if name not in served and getattr(data, name)]
    if refused or job.external_files or job.files or job.integration_hash or job.integration_id:
        asked = ", ".join(refused) or "files of a cloud integration"
        raise InvalidArguments(f"this server stores uploaded {STORED} only, not {asked}")
    files = _Files(call, _object_keys(data))
    prepared: list[NewItem | Problem] = []
    for kind, item_type in STORED_KINDS.items():
        for unit in getattr(data, kind):
            try:
                prepared.append(files.item(unit, item_type))
            except InvalidArguments as problem:
                prepared.append(Problem((unit.object_url,), item_type, str(problem)))
    groups: tuple[ImageGroup | ImageGroupFromItems, ...] = (*data.image_groups, *data.image_groups_from_items)
    for group in groups:
        item_type = "imageSequence" if group.create_video else "imageGroup"
        try:
            prepared.append(files.group(group, item_type))
        except InvalidArguments as problem:
            keys = tuple(frame.url for frame in group.images) if isinstance(group, ImageGroup) else ()
            prepared.append(Problem(keys, item_type, str(problem)))
    return prepared


def _object_keys(data: DataItems) -> list[str]:
    units = [unit.object_url for kind in STORED_KINDS for unit in getattr(data, kind)]
    return units + [frame.url for group in data.image_groups for frame in group.images]


class _Files:
    """The caller's uploaded files."""

    def __init__(self, call: Call, object_keys: Sequence[str]) -> None:
        self._call = call
        with call.state.database.reading() as db:
            rows = db.execute(
                "SELECT * FROM uploads WHERE owner = ? AND object_key IN (SELECT value FROM json_each(?))",
                (call.caller, json_list(object_keys)),
            )
            self._reserved = {row["object_key"]: str(row["item"]) for row in rows}

    def item(self, unit: UploadUnit, item_type: str) -> NewItem:
        reserved, path = self._upload(unit.object_url)
        uuid = unit.placeholder_item_uuid or reserved
        name = unit.title or uuid
        given = unit.given(item_type)
        measured = given.measured() if given else media.measure(path, item_type=item_type, title=name)
        return NewItem(uuid, item_type, name, unit.object_url, measured, unit.client_metadata)

    def group(self, group: ImageGroup | ImageGroupFromItems, item_type: str) -> NewItem:
        uuid = str(uuid4())
        if isinstance(group, ImageGroup):
            frames: tuple[NewItem | str, ...] = tuple(map(self._frame, group.images))
            keys = [frame.url for frame in group.images]
        else:
            frames, keys = group.image_items, self._images(group.image_items)
        name, metadata = group.title or uuid, group.client_metadata
        made = NewItem(
            uuid, item_type, name, "", Measured(None, None, media={"frameCount": len(frames)}), metadata, frames
        )
        if not group.create_video:
            return made
        blobs, key = self._call.state.blobs, object_key(uuid)
        with blobs.writing(key) as file:
            facts = video.write_sequence(file, [blobs.path(key) for key in keys])
        size = blobs.path(key).stat().st_size
        measured = Measured(size, "video/mp4", facts.pop("width"), facts.pop("height"), facts)
        return replace(made, object_key=key, measured=measured)

    def _frame(self, frame: GroupFrame) -> NewItem:
        reserved, path = self._upload(frame.url)
        uuid = frame.placeholder_item_uuid or reserved
        name = frame.title or uuid
        return NewItem(uuid, "image", name, frame.url, media.measure_frame(path, title=name), {})

    def _images(self, uuids: Sequence[str]) -> list[str]:
        with self._call.state.database.reading() as db:
            rows = access.items(db, self._call.caller, uuids)
        for row in rows:
            if row["type"] != "image" or row["width"] is None:
                raise InvalidArguments(f"storage item {row['uuid']} is not an image that can be read")
        return [row["object_key"] for row in rows]

    def _upload(self, key: str) -> tuple[str, Any]:
        if key not in self._reserved:
            raise InvalidArguments(f"{key!r} is no object key of an upload URL given to {self._call.caller}")
        path = self._call.state.blobs.path(key)
        if not path.exists():
            raise InvalidArguments(f"no file was put to the upload URL of {key!r}")
        return self._reserved[key], path
