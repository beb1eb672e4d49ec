"""The labels of a row as Encord sends them: compared by what they say, and put in or taken out one by one. Pure."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LabelDict = dict[str, Any]
"""A label row as Encord sends it."""

SHAPES = (
    "boundingBox",
    "rotatableBoundingBox",
    "polygon",
    "polygons",
    "polyline",
    "point",
    "skeleton",
    "bitmask",
    "ellipse",
    "circle",
    "cuboid",
    "cuboid_2d",
)


def labels_in(labels: LabelDict) -> dict[str, str]:
    """What each label of a row says, by its hash; without authors and times, so that only changes of content differ."""
    found = {
        key: json.dumps([answer.get("featureHash"), _answers(answer)], sort_keys=True)
        for key, answer in labels["classification_answers"].items()
    }
    shapes: dict[str, list[Any]] = defaultdict(list)
    for unit, frame, entry in _objects(labels):
        shape = {name: _rounded(entry[name]) for name in SHAPES if entry.get(name) is not None}
        shapes[str(entry["objectHash"])].append([unit, frame, entry.get("featureHash"), shape])
    for key, entries in shapes.items():
        found[key] = json.dumps([entries, _answers(labels["object_answers"].get(key) or {})], sort_keys=True)
    return found


def _answers(answer: Mapping[str, Any]) -> list[Any]:
    given = []
    for attribute in answer.get("classifications") or ():
        answers = attribute.get("answers")
        if isinstance(answers, list):
            answers = sorted(str(each.get("featureHash")) if isinstance(each, dict) else str(each) for each in answers)
        given.append([str(attribute.get("featureHash")), answers])
    return sorted(given, key=lambda pair: str(pair[0]))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 5) if isinstance(value, float) else value


def _objects(labels: LabelDict) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each object of each frame, with its data unit or space and frame; an image is one frame without a number."""
    for unit, content in _units(labels).items():
        for frame, found in _frames(content.get("labels") or {}):
            for entry in found.get("objects") or ():
                yield unit, frame, entry


def _units(labels: LabelDict) -> dict[str, dict[str, Any]]:
    """The data units of a row, and the spaces of a data group's."""
    return {**labels["data_units"], **(labels.get("spaces") or {})}


def _frames(labels: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "objects" in labels:
        yield "", labels
    else:
        yield from ((frame, found) for frame, found in labels.items() if isinstance(found, dict))


def answer_of(labels: LabelDict | None, key: str) -> dict[str, Any] | None:
    """What a row says about a classification, by the label's hash; None if it has no such answer."""
    return labels["classification_answers"].get(key) if labels else None


def is_answered_by(theirs: Sequence[dict[str, Any]], ours: dict[str, Any] | None) -> bool:
    """Whether others have answered the same classification on one of our frames: Encord keeps one answer."""
    if ours is None:
        return False
    return any(
        answer.get("featureHash") == ours.get("featureHash") and first <= their_last and their_first <= last
        for answer in theirs
        for place, their_first, their_last in _places(answer)
        for our_place, first, last in _places(ours)
        if place == our_place
    )


def _places(answer: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """The ranges of frames that an answer covers: of the row itself, and of each space; a space without ranges is all of it."""
    for first, last in answer.get("range") or ():
        yield "", first, last
    for space, place in (answer.get("spaces") or {}).items():
        for first, last in place.get("range") or [[0, 0]]:
            yield space, first, last


def put_label(labels: LabelDict, key: str, source: LabelDict | None) -> None:
    """Makes one label of `labels` what it is in `source`, or removes it."""
    for part in ("classification_answers", "object_answers", "object_actions"):
        labels[part].pop(key, None)
        if source is not None and key in source[part]:
            labels[part][key] = source[part][key]
    for content in _units(labels).values():
        for _, found in _frames(content.get("labels") or {}):
            if found.get("objects"):
                found["objects"] = [entry for entry in found["objects"] if entry["objectHash"] != key]
    for unit, frame, entry in _objects(source) if source is not None else ():
        if entry["objectHash"] == key:
            frames = _units(labels)[unit].setdefault("labels", {})
            target = frames if not frame else frames.setdefault(frame, {"objects": [], "classifications": []})
            target.setdefault("objects", []).append(entry)
