"""As many images get a partition as Dagster supports; the rest waits for `judge-pipeline archive`."""

import pytest

from judge_pipeline.automation.support.pending_tags import TooManyTags, new_tags
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.workflow import StageKind

PROJECT = "0f1d2c3b-0000-4000-8000-000000000000"


def snapshot_of(count: int, kind: StageKind = StageKind.LLM1) -> ProjectSnapshot:
    return ProjectSnapshot.of(
        (
            ProjectRow(f"data-{n}", "dataset", f"item-{n}", f"{n}.jpg", True, "a stage", kind, None, None)
            for n in range(count)
        ),
        project_hash=PROJECT,
    )


def test_as_many_images_as_there_is_room_for_are_new() -> None:
    assert len(new_tags(snapshot_of(6), [f"known-{n}" for n in range(4)], most=10).all) == 6


def test_one_more_waits_and_the_advice_says_for_what() -> None:
    found = new_tags(snapshot_of(7), [f"known-{n}" for n in range(4)], most=10, many=8)
    assert (len(found.to_run), found.left_out) == (6, 1)
    assert "1 images get no partition" in found.advice
    assert "`judge-pipeline archive`" in found.advice


def test_no_room_for_work_is_refused_with_both_numbers_and_advice() -> None:
    with pytest.raises(TooManyTags, match=r"4 partitions, of 4 .* and 7 new images .* run `judge-pipeline archive`"):
        new_tags(snapshot_of(7), [f"known-{n}" for n in range(4)], most=4)


def test_finished_images_take_no_room_in_a_crowded_project() -> None:
    snapshot = snapshot_of(6, StageKind.COMPLETE)
    assert len(new_tags(snapshot, ["known"], many=7).all) == 6
    crowded = new_tags(snapshot, ["known"], many=6)
    assert (crowded.all, crowded.left_out) == ([], 6)


def test_a_project_without_new_images_is_not_refused() -> None:
    snapshot = snapshot_of(6)
    assert new_tags(snapshot, list(snapshot.images), most=5).all == []
