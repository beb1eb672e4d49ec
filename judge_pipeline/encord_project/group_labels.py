"""The labels on an image, taken over by the data group that replaces an earlier one."""

from collections.abc import Mapping, Sequence
from typing import Any

from encord.objects.ontology_labels_impl import LabelRowV2
from encord.project import Project

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.encord_project.label_content import LabelDict, labels_in, put_label
from judge_pipeline.encord_project.label_saves import read_labels, save_label_rows
from judge_pipeline.encord_project.rows import list_editable_rows


def take_over_labels(project: Project, pairs: Sequence[tuple[str, str]]) -> None:
    """Adds the labels on the image of each first row to the second, unless it has them; both are data hashes of groups.

    Labels on captions stay behind, because they are about a text that is replaced.
    """
    rows = {row.data_hash: row for row in list_editable_rows(project, [each for pair in pairs for each in pair])}
    sources = {new: rows[old] for old, new in pairs if old in rows and new in rows and rows[old].label_hash}
    if not sources:
        return
    labels = read_labels(project, [str(row.label_hash) for row in sources.values()])

    def change(label_row: LabelRowV2) -> bool:
        source = sources[label_row.data_hash]
        theirs = _on_image(labels[str(source.label_hash)], _image_space(source), _image_space(label_row))
        ours = label_row.to_encord_dict()
        missing = labels_in(theirs).keys() - labels_in(ours).keys()
        for key in missing:
            put_label(ours, key, theirs)
        if missing:
            label_row.from_labels_dict(ours)
        return bool(missing)

    save_label_rows(project, [rows[new] for new in sources], change)


def _image_space(row: LabelRowV2) -> str:
    return str(row.get_space(layout_key=DataType.IMAGE.value, type_="image").space_id)


def _on_image(labels: LabelDict, source: str, target: str) -> LabelDict:
    """The labels on the image's space, as if they were on the space `target`."""
    spaces: Mapping[str, Any] = labels.get("spaces") or {}
    answers = {
        key: {**answer, "spaces": {target: answer["spaces"][source]}}
        for key, answer in labels["classification_answers"].items()
        if source in (answer.get("spaces") or {})
    }
    return {
        **labels,
        "data_units": {},
        "classification_answers": answers,
        "spaces": {target: spaces[source]} if source in spaces else {},
    }
