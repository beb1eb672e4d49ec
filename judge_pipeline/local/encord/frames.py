"""The frames of data units: how many there are, and the form in which labels on them are stored and written.

An image has one frame, a video, a PDF and audio are one unit with many, an image group or sequence has a unit for each frame.
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from judge_pipeline.local.encord import data_groups
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.video import frames_in

ON_FRAMES = ("image", "video", "imageGroup", "imageSequence", "pdf")
"""The item types whose labels lie on frames; those of audio and of texts have ranges of their own."""

GROUPS = ("imageGroup", "imageSequence")
"""The item types with a data unit for each frame."""

_AUDIO_KEYS = {
    "audio_codec": "audioCodec",
    "audio_sample_rate": "audioSampleRate",
    "audio_bit_depth": "audioBitDepth",
    "audio_num_channels": "audioNumChannels",
}


def empty_labels(item_type: str) -> dict[str, Any]:
    """The labels of a unit, or of all frames of a group, before any are saved."""
    return {"objects": [], "classifications": []} if item_type in ("image", "group") else {}


def count(item_type: str, media: Mapping[str, Any]) -> int:
    """The number of frames; audio has as many as samples, like the label rows that the SDK itself makes."""
    if item_type == "audio":
        return frames_in(media["duration"], media["audioSampleRate"])
    return int(media.get("frameCount", 1))


def listed(item_type: str, media: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of label rows says about frames."""
    audio = {key: media.get(name) for key, name in _AUDIO_KEYS.items()} if item_type == "audio" else {}
    return {
        "number_of_frames": count(item_type, media),
        "frames_per_second": float(media["audioSampleRate"]) if item_type == "audio" else media.get("fps"),
        "duration": media.get("duration"),
        **audio,
    }


def images_data(db: sqlite3.Connection, row: sqlite3.Row) -> list[dict[str, Any]] | None:
    """The images of a group in the list of label rows, None for other types."""
    if row["type"] not in GROUPS:
        return None
    return [
        {
            "index": index,
            "title": frame["name"],
            "file_type": frame["mime_type"],
            "height": frame["height"],
            "width": frame["width"],
            "image_hash": frame["uuid"],
        }
        for index, frame in enumerate(data_groups.frames(db, row["item"]))
    ]


def data_units(
    db: sqlite3.Connection, call: Call, row: sqlite3.Row, labels: Mapping[str, Any], *, sign_url: bool
) -> dict[str, Any]:
    """The data units of a label row with its stored frame labels, by data hash, or by image hash in a group of images."""
    if row["type"] in GROUPS:
        return {
            frame["uuid"]: _unit(call, frame, frame["uuid"], frame["name"], sign_url=sign_url)
            | {
                "data_sequence": str(index),
                "labels": labels.get(frame["uuid"]) or empty_labels("image"),
                "width": frame["width"],
                "height": frame["height"],
            }
            for index, frame in enumerate(data_groups.frames(db, row["item"]))
        }
    unit = _unit(call, row, row["data_row"], row["data_title"], sign_url=sign_url) | {"labels": labels}
    media = json.loads(row["media_json"])
    if row["type"] in ("image", "video"):
        unit |= {"width": row["width"], "height": row["height"]}
    if row["type"] == "video":
        unit |= {"data_fps": media["fps"], "data_duration": media["duration"]}
    if row["type"] == "audio":
        unit |= {key: media.get(name) for key, name in _AUDIO_KEYS.items()} | {"data_duration": media["duration"]}
    return {row["data_row"]: unit}


def labels_of(sent: Mapping[str, Any], row: sqlite3.Row) -> Any:
    """The part of a saved label row that lies on frames, in the form in which it is stored."""
    units = sent.get("data_units") or {}
    if row["type"] in GROUPS:
        return {key: unit["labels"] for key, unit in units.items() if unit.get("labels")}
    return (units.get(row["data_row"]) or {}).get("labels") or empty_labels(row["type"])


def _unit(call: Call, row: sqlite3.Row, data_hash: str, title: str, *, sign_url: bool) -> dict[str, Any]:
    return {
        "data_hash": data_hash,
        "data_title": title,
        "data_type": row["mime_type"],
        "data_sequence": 0,
        "data_link": call.signed_url(row["object_key"]) if sign_url and row["object_key"] else row["object_key"],
    }
