"""Chosen objects: the model sees their part of the picture, and nothing else of it."""

from typing import Any

import numpy as np
import pytest
from encord.objects import Object, Shape
from encord.objects.bitmask import BitmaskCoordinates
from encord.objects.coordinates import (
    BoundingBoxCoordinates,
    CircleCoordinates,
    EllipseCoordinates,
    PointCoordinate,
    PolygonCoordinates,
    PolylineCoordinates,
    RotatableBoundingBoxCoordinates,
)
from PIL import Image

from judge_pipeline_tests.editor_agent.harness import Agent, Harness
from judge_pipeline_tests.editor_agent.screen import add_video, answers, click, opened, picture_in
from judge_pipeline_tests.models.video.numbered import number_of

WIDTH, HEIGHT = 400, 200


def gradient(harness: Harness) -> str:
    """An image whose red says where a column is, and whose green says where a row is."""
    path = harness.folder / "gradient.png"
    red = Image.linear_gradient("L").rotate(90).resize((WIDTH, HEIGHT))
    green = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    Image.merge("RGB", (red, green, Image.new("L", red.size))).save(path)
    harness.seed.add_images([path])
    return harness.data_hash(path.name)


def draw(harness: Harness, data_hash: str, shape: Shape, coordinates: Any, *, frame: int = 0) -> str:
    """Draws an object on a frame; returns its hash."""
    ontology = harness.seed.client().get_ontology(harness.seed.ontology_hash)
    name = f"Thing {len(ontology.structure.objects)}"
    ontology.structure.add_object(name, shape)
    ontology.save()
    row = opened(harness, data_hash)
    drawn = row.ontology_structure.get_child_by_title(name, type_=Object).create_instance()
    drawn.set_for_frames(coordinates, frames=frame)
    row.add_object_instance(drawn)
    row.save()
    return drawn.object_hash


def seen(harness: Harness) -> tuple[int, int, float, float, float, float]:
    """The size of the picture that the model got, and where its left, right, upper and lower edges are, in pixels."""
    shown = picture_in(harness.models.bodies[-1]).convert("RGB")
    middle_row = [shown.getpixel((x, shown.height // 2)) for x in (0, shown.width - 1)]
    middle_column = [shown.getpixel((shown.width // 2, y)) for y in (0, shown.height - 1)]
    columns = [pixel[0] / 255 * WIDTH for pixel in middle_row]  # type: ignore[index]
    rows = [pixel[1] / 255 * HEIGHT for pixel in middle_column]  # type: ignore[index]
    return shown.width, shown.height, *columns, *rows  # type: ignore[return-value]


def mask(left: int, top: int, right: int, bottom: int) -> BitmaskCoordinates:
    inside = [[left <= x < right and top <= y < bottom for x in range(WIDTH)] for y in range(HEIGHT)]
    return BitmaskCoordinates(np.array(inside))


def points(*places: tuple[float, float]) -> list[PointCoordinate]:
    return [PointCoordinate(x, y) for x, y in places]


SHAPES = [
    (
        Shape.BOUNDING_BOX,
        BoundingBoxCoordinates(height=0.5, width=0.25, top_left_x=0.5, top_left_y=0.1),
        (200, 20, 300, 120),
    ),
    (
        Shape.ROTATABLE_BOUNDING_BOX,  # 100 x 40 pixels, a quarter turn around 200, 100
        RotatableBoundingBoxCoordinates(height=0.2, width=0.25, top_left_x=0.375, top_left_y=0.4, theta=90),
        (180, 50, 220, 150),
    ),
    (
        Shape.ROTATABLE_BOUNDING_BOX,
        RotatableBoundingBoxCoordinates(height=0.2, width=0.25, top_left_x=0.375, top_left_y=0.4, theta=30),
        (147, 58, 254, 143),
    ),
    (Shape.POLYGON, PolygonCoordinates(points((0.1, 0.5), (0.4, 0.2), (0.4, 0.9))), (40, 40, 160, 180)),
    (
        Shape.POLYGON,
        PolygonCoordinates(
            polygons=[[points((0.1, 0.5), (0.2, 0.2), (0.2, 0.5))], [points((0.6, 0.5), (0.7, 0.9), (0.6, 0.9))]]
        ),
        (40, 40, 280, 180),
    ),
    (Shape.BITMASK, mask(120, 30, 200, 110), (120, 30, 200, 110)),
    (Shape.POLYLINE, PolylineCoordinates(points((0.9, 0.9), (0.5, 0.5))), (200, 100, 360, 180)),
    (Shape.CIRCLE, CircleCoordinates(center_x=0.5, center_y=0.5, radius=0.125), (150, 50, 250, 150)),
    (Shape.ELLIPSE, EllipseCoordinates(center_x=0.5, center_y=0.5, rx=0.25, ry=0.1, theta=90), (180, 0, 220, 200)),
    (
        Shape.BOUNDING_BOX,
        BoundingBoxCoordinates(height=0.5, width=0.5, top_left_x=-0.2, top_left_y=0.75),
        (0, 150, 120, 200),
    ),
]


def test_the_model_sees_the_part_with_the_object(harness: Harness, agent: Agent) -> None:
    data_hash = gradient(harness)
    for shape, coordinates, (left, top, right, bottom) in SHAPES:
        response = agent.post(click(data_hash, harness, 0, [draw(harness, data_hash, shape, coordinates)]))
        assert response.status_code == 200, response.text
        assert seen(harness)[:2] == (right - left, bottom - top), coordinates
        assert seen(harness)[2:] == pytest.approx((left, right, top, bottom), abs=6), coordinates
        assert answers(harness, data_hash) == {0: ["A plain picture of one single colour."]}


def test_several_objects_are_one_picture_with_all_of_them(harness: Harness, agent: Agent) -> None:
    data_hash = gradient(harness)
    small = [
        BoundingBoxCoordinates(height=0.1, width=0.05, top_left_x=x, top_left_y=y) for x, y in ((0.1, 0.2), (0.4, 0.6))
    ]
    drawn = [draw(harness, data_hash, Shape.BOUNDING_BOX, box) for box in small]
    assert agent.post(click(data_hash, harness, 0, drawn)).status_code == 200
    assert seen(harness)[2:] == pytest.approx((40, 180, 40, 140), abs=6)


def test_an_object_of_a_video_is_cut_from_its_frame(harness: Harness, agent: Agent) -> None:
    """The lower half of frame 20 has only its higher bits."""
    data_hash = add_video(harness)
    half = BoundingBoxCoordinates(height=0.5, width=1, top_left_x=0, top_left_y=0)
    drawn = draw(harness, data_hash, Shape.BOUNDING_BOX, half, frame=20)
    assert agent.post(click(data_hash, harness, 20, [drawn])).status_code == 200
    shown = picture_in(harness.models.bodies[-1])
    assert shown.size == (64, 32)
    whole = Image.new("RGB", (64, 64))
    whole.paste(shown)
    assert number_of(whole) == 20
    assert list(answers(harness, data_hash)) == [20]
    response = agent.post(click(data_hash, harness, 19, [drawn]))
    assert response.status_code == 409
    assert response.json()["message"] == (
        f"'film.mp4' has no object '{drawn}' on frame 19; if it is new, save the labels first."
    )


WITHOUT_AREA = [
    (Shape.POINT, PointCoordinate(0.5, 0.5), "is a point: there is no part of the picture to cut out"),
    (Shape.POLYLINE, PolylineCoordinates(points((0.2, 0.5), (0.8, 0.5))), "have no area within the picture"),
    (
        Shape.BOUNDING_BOX,
        BoundingBoxCoordinates(height=0.5, width=0.5, top_left_x=1.2, top_left_y=0.5),
        "have no area within the picture",
    ),
    (Shape.BITMASK, mask(0, 0, 0, 0), "is a bitmask: there is no part of the picture to cut out"),
]


def test_an_object_without_an_area_is_refused_by_its_shape(harness: Harness, agent: Agent) -> None:
    data_hash = gradient(harness)
    for shape, coordinates, message in WITHOUT_AREA:
        response = agent.post(click(data_hash, harness, 0, [draw(harness, data_hash, shape, coordinates)]))
        assert response.status_code == 409
        assert message in response.json()["message"]
    assert harness.models.bodies == []


def test_hashes_that_encord_does_not_send_are_refused(harness: Harness, agent: Agent) -> None:
    data_hash = harness.data_hash("red.png")
    objects: list[list[Any]] = [["x" * 65], [""], [1], ["a"] * 1001]
    for each in objects:
        response = agent.post(click(data_hash, harness, 0, each))
        assert response.status_code == 400
        assert "objectHashes" in response.json()["message"]


def test_no_chosen_object_means_the_whole_frame(harness: Harness, agent: Agent) -> None:
    body = click(harness.data_hash("red.png"), harness, 0).replace(b"}", b', "objectHashes": []}')
    assert agent.post(body).status_code == 200
    assert picture_in(harness.models.bodies[-1]).size == (64, 48)
