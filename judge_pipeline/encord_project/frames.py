"""Single frames of label rows for the label editor's agent: their picture found, their text answer written.

An image is its own frame 0, and so is that of a data group of ours; the frames of an image group are its images, those of a video are
numbered as it shows them.
"""

from dataclasses import dataclass, field

from encord import EncordUserClient
from encord.constants.enums import DataType
from encord.objects import Classification, ClassificationInstance
from encord.objects.attributes import TextAttribute
from encord.objects.frames import Range
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.project import Project

from judge_pipeline.domain.box import Box
from judge_pipeline.domain.data_group import DataGroup
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import HumanLabelExists, ProjectMismatch, RowRefused
from judge_pipeline.encord_project.files import storage_items
from judge_pipeline.encord_project.image_answers import answers_on, is_by_person, put_answer, remove_answer
from judge_pipeline.encord_project.label_saves import save_label_rows
from judge_pipeline.encord_project.object_boxes import box_of_objects
from judge_pipeline.encord_project.retries import with_retries

WITH_FRAMES = {DataType.IMAGE, DataType.IMG_GROUP, DataType.VIDEO}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a data unit of a project; `number` counts from 0. `object_hashes` are the chosen objects on it, if any."""

    project_hash: str
    data_hash: str
    number: int
    object_hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameSource:
    """Where a frame's picture is: in the file at `url`, a signed one and so a secret.

    That is a video if it has `frames_in_video`, as many as Encord counts. `box` is the part with the chosen objects.
    """

    title: str
    url: str = field(repr=False)
    frames_in_video: int | None = None
    box: Box | None = None


class FrameLabels:
    """Reads frames and writes the text answer of one classification on them; thread-safe.

    Every call reads the project again, so that changes in Encord apply from the next click.
    """

    def __init__(self, connection: Connection, *, classification: str) -> None:
        self._connection = connection
        self._client: EncordUserClient = connection.client()
        self.classification = classification
        self.storage_addresses = connection.storage_addresses

    @with_retries
    def find_picture(self, frame: Frame) -> FrameSource:
        """Where the frame's picture is, if its text may be written; a data unit without labels gets an empty label row.

        Raises:
            RowRefused: the project has no such frame or object, or it has no picture. HumanLabelExists: a person has answered.
            ProjectMismatch: the classification is missing, or is not a text on frames.
            EncordError: Encord refused or failed.
        """
        with translated_errors("reading a frame", domain=self._connection.domain):
            label_row = self._listed(self._client.get_project(frame.project_hash), frame)
            label_row.initialise_labels(include_signed_url=True)
            self._check_answers(label_row, frame)
            box = box_of_objects(label_row, frame.number, frame.object_hashes) if frame.object_hashes else None
            if group := _group(label_row):
                item = storage_items(self._client, [group.image], sign=True).get(group.image)
                title, url, frames = label_row.data_title, item.get_signed_url() if item else None, None
            elif label_row.data_type is DataType.VIDEO:
                title, url, frames = label_row.data_title, label_row.data_link, label_row.number_of_frames
            else:
                view = label_row.get_frame_view(frame.number)
                title, url, frames = view.image_title, view.data_link, None
            if not url:
                raise RowRefused(f"Encord returned no URL for frame {frame.number} of {label_row.data_title!r}")
            return FrameSource(title, url, frames, box)

    @with_retries
    def write(self, frame: Frame, text: str) -> None:
        """Makes `text` the frame's answer, replacing an agent's earlier one; all other current labels stay.

        A save whose response was lost is repeated with the same text.

        Raises:
            The same as `find_picture`: the row is read again just before it is saved, and while it is.
        """
        with translated_errors("saving a description", domain=self._connection.domain):
            project = self._client.get_project(frame.project_hash)
            label_row = self._listed(project, frame)

            def change(label_row: LabelRowV2) -> bool:
                self._check_answers(label_row, frame)
                set_frame_answer(label_row, self._classification_of(label_row), frame.number, text)
                return True

            if overwritten := save_label_rows(project, [label_row], change):
                raise RowRefused(overwritten[label_row.data_hash])
            self._check_answers(label_row, frame)

    def _listed(self, project: Project, frame: Frame) -> LabelRowV2:
        found = project.list_label_rows_v2(data_hashes=[frame.data_hash], include_client_metadata=True)
        if not found:
            raise RowRefused(f"project {project.title!r} has no data unit {frame.data_hash}")
        label_row = found[0]
        _check_kind(label_row, frame)
        return label_row

    def _check_answers(self, label_row: LabelRowV2, frame: Frame) -> None:
        classification = self._classification_of(label_row)
        found = _answers_on(label_row, classification, frame.number)
        if any(is_by_person(label_row, each, frame.number) for each in found):
            raise HumanLabelExists(
                f"a person has answered {self.classification!r} on this frame; delete that answer to get a new description"
            )

    def _classification_of(self, label_row: LabelRowV2) -> Classification:
        structure = label_row.ontology_structure
        for classification in structure.classifications:
            if classification.title == self.classification and _takes_text(classification):
                return classification
        others = ", ".join(repr(each.title) for each in structure.classifications if _takes_text(each)) or "none"
        raise ProjectMismatch(
            f"the ontology has no text classification {self.classification!r} (it has: {others}); "
            "add it in Encord, or set AGENT_CLASSIFICATION"
        )


def set_frame_answer(label_row: LabelRowV2, classification: Classification, number: int, text: str) -> None:
    """Sets the classification's answer on one frame of an initialised row, without saving."""
    for earlier in _answers_on(label_row, classification, number):
        _remove_from_frame(label_row, earlier, number)
    instance = classification.create_instance()
    instance.set_answer(text)
    for answer in instance.get_all_static_answers():
        answer.is_manual_annotation = False
    put_answer(label_row, instance, frame=number, manual_annotation=False)


def _check_kind(label_row: LabelRowV2, frame: Frame) -> None:
    title, kind, number = label_row.data_title, label_row.data_type, frame.number
    group = _group(label_row)
    if kind not in WITH_FRAMES and not group:
        what = kind.value.replace("_", " ")
        raise RowRefused(
            f"{title!r} has the data type {what!r}; only images and frames of image groups and videos can be described"
        )
    if group and frame.object_hashes:
        raise RowRefused(
            f"{title!r} is a data group, whose objects cannot be cut out; choose none to have its image described"
        )
    last = 0 if group else label_row.number_of_frames - 1
    if number > last:
        raise RowRefused(
            f"{title!r} has no frame {number}; its {f'frames are 0 to {last}' if last else 'only frame is 0'}"
        )


def _group(label_row: LabelRowV2) -> DataGroup | None:
    """The image with its captions that a row is in the second form of a project."""
    if label_row.data_type is not DataType.GROUP:
        return None
    return DataGroup.read(label_row.client_metadata, item_uuid=str(label_row.backing_item_uuid))


def _takes_text(classification: Classification) -> bool:
    return not classification.is_global and isinstance(classification.attributes[0], TextAttribute)


def _answers_on(label_row: LabelRowV2, classification: Classification, number: int) -> list[ClassificationInstance]:
    if label_row.data_type is DataType.GROUP:
        feature_hash = classification.feature_node_hash
        return [each for each in answers_on(label_row) if each.feature_hash == feature_hash]
    return label_row.get_classification_instances(classification, filter_frames=number)


def _remove_from_frame(label_row: LabelRowV2, instance: ClassificationInstance, number: int) -> None:
    """Removes an answer from this frame only: it may cover several, a hundred thousand of a video."""
    if label_row.data_type is not DataType.GROUP and instance.range_list != [Range(number, number)]:
        instance.remove_from_frames(number)
    else:
        remove_answer(label_row, instance)
