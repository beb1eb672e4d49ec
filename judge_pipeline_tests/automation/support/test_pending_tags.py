"""More images than Dagster supports are refused before any partition is added."""

import pytest

from judge_pipeline.automation.support.pending_tags import TooManyTags, new_tags
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.workflow import StageKind

PROJECT = "0f1d2c3b-0000-4000-8000-000000000000"


def snapshot_of(count: int) -> ProjectSnapshot:
    return ProjectSnapshot.of(
        (
            ProjectRow(f"data-{n}", "dataset", f"item-{n}", f"{n}.jpg", True, "LLM1", StageKind.LLM1, None, None)
            for n in range(count)
        ),
        project_hash=PROJECT,
    )


def test_as_many_images_as_there_is_room_for_are_new() -> None:
    assert len(new_tags(snapshot_of(6), [f"known-{n}" for n in range(4)], most=10).all) == 6


def test_one_more_is_refused_with_both_numbers_and_advice() -> None:
    with pytest.raises(TooManyTags, match=r"4 partitions and 7 new images exceed the 10 .* unlink those images"):
        new_tags(snapshot_of(7), [f"known-{n}" for n in range(4)], most=10)


def test_a_project_without_new_images_is_not_refused() -> None:
    snapshot = snapshot_of(6)
    assert new_tags(snapshot, list(snapshot.images), most=5).all == []
