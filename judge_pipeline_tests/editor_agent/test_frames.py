"""A click on a frame of a video, an image group or a sequence describes that frame, and writes on it alone."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from encord.objects.frames import Range
from encord.orm.storage import CustomerProvidedVideoMetadata

from judge_pipeline_tests.editor_agent.harness import Agent, Harness
from judge_pipeline_tests.editor_agent.labeller import Labeller
from judge_pipeline_tests.editor_agent.screen import (
    FRAMES,
    add_group,
    add_video,
    answers,
    opened,
    reads_the_number,
    text_of,
    write,
)
from judge_pipeline_tests.models.video.numbered import Recipe


@pytest.fixture(autouse=True)
def number_reader(harness: Harness) -> None:
    harness.models.rule = reads_the_number


@pytest.mark.parametrize(
    "add",
    [
        add_video,
        lambda harness: add_video(harness, recipe=Recipe("webm", "libvpx", {"g": "8", "cpu-used": "8"})),
        add_group,
        lambda harness: add_group(harness, is_sequence=True),
    ],
    ids=["mp4 with B-frames", "webm", "group", "sequence"],
)
def test_first_last_and_frames_between_are_described_each_by_its_own_picture(
    harness: Harness, agent: Agent, add: Callable[[Harness], str]
) -> None:
    data_hash = add(harness)
    for frame in (10, 0, FRAMES - 1, 11):
        response = agent.click(data_hash, frame)
        assert (response.status_code, response.text) == (200, "")
    assert answers(harness, data_hash) == {frame: [text_of(frame)] for frame in (0, 10, 11, FRAMES - 1)}


def test_a_frame_beyond_the_last_is_refused_with_those_that_there_are(harness: Harness, agent: Agent) -> None:
    for data_hash in (add_video(harness), add_group(harness)):
        response = agent.click(data_hash, FRAMES)
        assert response.status_code == 409
        assert response.json()["message"].endswith("has no frame 24; its frames are 0 to 23.")
    assert harness.models.bodies == []


@pytest.mark.parametrize("add", [add_video, add_group], ids=["video", "group"])
def test_ranges_are_split_around_the_frame_and_other_answers_stay(
    harness: Harness, agent: Agent, person: Labeller, add: Callable[[Harness], str]
) -> None:
    data_hash = add(harness)
    row = opened(harness, data_hash)
    write(row, "of the agent, on a range", [Range(6, 12), Range(14, 20)], is_manual=False)
    row.save()
    row = opened(harness, data_hash, project=person.as_user.client().get_project(harness.seed.project_hash))
    write(row, "of a person, on a range", [Range(0, 4), Range(22, 22)], is_manual=True)
    row.save()
    people = {frame: ["of a person, on a range"] for frame in (0, 1, 2, 3, 4, 22)}
    for frame in (10, 14, 20):
        assert agent.click(data_hash, frame).status_code == 200
    of_range = {f: ["of the agent, on a range"] for f in range(6, 21) if f not in {10, 13, 14, 20}}
    expected = people | of_range | {f: [text_of(f)] for f in (10, 14, 20)}
    assert answers(harness, data_hash) == dict(sorted(expected.items()))
    found = {
        str(each.get_answer()): each.range_list for each in opened(harness, data_hash).get_classification_instances()
    }
    assert found["of the agent, on a range"] == [Range(6, 9), Range(11, 12), Range(15, 19)]
    assert found["of a person, on a range"] == [Range(0, 4), Range(22, 22)]
    response = agent.click(data_hash, 3)
    assert response.status_code == 409
    assert response.json()["message"].startswith("A person has answered 'Description' on this frame")
    assert len(harness.models.bodies) == 3


def test_clicks_on_several_frames_at_once_all_count(harness: Harness, agent: Agent) -> None:
    data_hash = add_group(harness)
    with ThreadPoolExecutor(8) as clicks:
        responses = list(clicks.map(lambda frame: agent.click(data_hash, frame), range(8)))
    assert [response.status_code for response in responses] == [200] * 8
    assert answers(harness, data_hash) == {frame: [text_of(frame)] for frame in range(8)}


def test_a_second_click_on_a_frame_replaces_its_answer(harness: Harness) -> None:
    data_hash = add_video(harness)
    for _ in range(2):
        with harness.agent() as agent:
            assert agent.click(data_hash, 7).status_code == 200
    assert answers(harness, data_hash) == {7: [text_of(7)]}


def test_the_answer_is_marked_as_automated(harness: Harness, agent: Agent) -> None:
    data_hash = add_video(harness)
    agent.click(data_hash, 1)
    (row,) = harness.seed.project().get_label_rows([str(opened(harness, data_hash).label_hash)])
    (answer,) = row["classification_answers"].values()
    assert (answer["manualAnnotation"], answer["classifications"][0]["manualAnnotation"]) == (False, False)
    assert answer["range"] == [[1, 1]]


def measured(**changes: Any) -> CustomerProvidedVideoMetadata:
    """What a client says of its video, which Encord believes."""
    usual = {"fps": 25, "duration": FRAMES / 25, "width": 64, "height": 64, "file_size": 100, "mime_type": "video/mp4"}
    return CustomerProvidedVideoMetadata(**(usual | changes))


def test_a_file_with_another_number_of_frames_than_encord_counts_is_described_with_a_warning(
    harness: Harness, agent: Agent
) -> None:
    data_hash = add_video(harness, measured=measured(fps=50))
    response = agent.click(data_hash, 5)
    assert response.status_code == 200
    assert response.json()["message"].startswith(
        "Described frame 5 of the file, which has 24 frames; Encord counts 48, so it may show another one"
    )
    assert answers(harness, data_hash) == {5: [text_of(5)]}
    response = agent.click(data_hash, 30)
    assert response.status_code == 409
    assert response.json()["message"].startswith(
        "This frame cannot be described: the file has no frame 30; its frames are 0 to 23."
    )


def test_a_file_that_is_not_a_video_is_refused_without_its_url(
    harness: Harness, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    data_hash = add_video(harness, content=b"not a video" * 100, measured=measured())
    with caplog.at_level(logging.DEBUG, logger="judge_pipeline"):
        response = agent.click(data_hash, 5)
    assert response.status_code == 409
    assert response.json()["message"].startswith(
        "This frame cannot be described: the file is not a video that can be read: Invalid data"
    )
    assert "storage-blobs" not in response.text + caplog.text
    assert harness.models.bodies == []


def test_a_second_click_on_a_video_without_an_index_does_not_read_it_again(harness: Harness, agent: Agent) -> None:
    """Only the second frame's neighbourhood and the file's beginning are."""
    data_hash = add_video(harness, recipe=Recipe("mkv", "rawvideo", size=(256, 256)), frames=60)
    requests = []
    for frame in (55, 50):
        harness.seed.server.control("DELETE", "stats")
        assert agent.click(data_hash, frame).status_code == 200
        requests.append(harness.seed.server.control("GET", "stats").json()["blobs"])
    assert answers(harness, data_hash) == {50: [text_of(50)], 55: [text_of(55)]}
    assert requests[1] < requests[0]
