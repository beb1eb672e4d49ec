"""Where the objects of a frame are: the box around those that a labeller has chosen."""

import math
from collections.abc import Sequence
from typing import Any

from encord.objects.bitmask import BitmaskCoordinates
from encord.objects.coordinates import (
    BoundingBoxCoordinates,
    CircleCoordinates,
    EllipseCoordinates,
    PolygonCoordinates,
    PolylineCoordinates,
    RotatableBoundingBoxCoordinates,
    SkeletonCoordinates,
)
from encord.objects.ontology_labels_impl import LabelRowV2
from PIL import Image

from judge_pipeline.domain.box import Box, Point
from judge_pipeline.encord_project.errors import RowRefused


def box_of_objects(label_row: LabelRowV2, number: int, object_hashes: Sequence[str]) -> Box:
    """The smallest box around these objects on a frame of an initialised row.

    Raises:
        RowRefused: one is not on the frame, has no area, or is of a shape without one.
    """
    on_frame = {each.object_hash: each for each in label_row.get_object_instances(filter_frames=number)}
    view = label_row.get_frame_view(number)
    corners: list[Point] = []
    for object_hash in object_hashes:
        found = on_frame.get(object_hash)
        if found is None:
            raise RowRefused(
                f"{label_row.data_title!r} has no object {object_hash!r} on frame {number}; if it is new, save the labels first"
            )
        points = _points(found.get_annotation(number).coordinates, width=view.width, height=view.height)
        if not points:
            shape = found.ontology_item.shape.value.replace("_", " ")
            raise RowRefused(
                f"the object {found.object_name!r} is a {shape}: there is no part of the picture to cut out"
            )
        corners += points
    box = Box.around(corners)
    if not box.width or not box.height:
        raise RowRefused(f"the chosen objects on frame {number} have no area within the picture")
    return box


def _points(coordinates: Any, *, width: int, height: int) -> list[Point]:
    """Points whose smallest box is the object's; none for a shape without an area."""
    match coordinates:
        case BoundingBoxCoordinates():
            return list(_box(coordinates).corners)
        case RotatableBoundingBoxCoordinates():
            return _turned(_box(coordinates), coordinates.theta, width, height)
        case PolygonCoordinates():
            return [(point.x, point.y) for polygon in coordinates.polygons for ring in polygon for point in ring]
        case PolylineCoordinates() | SkeletonCoordinates():
            return [(point.x, point.y) for point in coordinates.values]
        case EllipseCoordinates():
            return _ellipse(coordinates, coordinates.rx * width, coordinates.ry * height, width, height)
        case CircleCoordinates():
            radius = coordinates.radius * width
            return _ellipse(coordinates, radius, radius * coordinates.stretch, width, height)
        case BitmaskCoordinates():
            return _mask(coordinates)
        case _:
            return []


def _box(coordinates: BoundingBoxCoordinates | RotatableBoundingBoxCoordinates) -> Box:
    return Box(coordinates.top_left_x, coordinates.top_left_y, coordinates.width, coordinates.height)


def _turned(box: Box, degrees: float, width: int, height: int) -> list[Point]:
    """The corners of a box turned clockwise around its centre; an angle is one of pixels, not of fractions."""
    (left, top), (right, bottom) = box.corners
    x, y = (left + right) / 2, (top + bottom) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    half_width, half_height = (right - left) / 2 * width, (bottom - top) / 2 * height
    corners = [(across * half_width, down * half_height) for across in (-1, 1) for down in (-1, 1)]
    return [
        (x + (across * cosine - down * sine) / width, y + (across * sine + down * cosine) / height)
        for across, down in corners
    ]


def _ellipse(
    coordinates: CircleCoordinates | EllipseCoordinates, first: float, second: float, width: int, height: int
) -> list[Point]:
    """Two corners of the box around an ellipse with these semi-axes, in pixels."""
    cosine, sine = math.cos(math.radians(coordinates.theta)), math.sin(math.radians(coordinates.theta))
    across = math.hypot(first * cosine, second * sine) / width
    down = math.hypot(first * sine, second * cosine) / height
    x, y = coordinates.center_x, coordinates.center_y
    return [(x - across, y - down), (x + across, y + down)]


def _mask(coordinates: BitmaskCoordinates) -> list[Point]:
    array = coordinates.__array_interface__
    height, width = array["shape"]
    box = Image.frombytes("L", (width, height), array["data"]).getbbox()
    return [] if box is None else [(box[0] / width, box[1] / height), (box[2] / width, box[3] / height)]
