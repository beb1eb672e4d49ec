"""A split is for good, and no picture is on both sides of it."""

from collections import Counter

from judge_pipeline.exporting.split import Split, split_of
from judge_pipeline_tests.exporting.values import sha256_of


def test_eight_in_ten_images_are_trained_on() -> None:
    counts = Counter(split_of(sha256_of(str(number))) for number in range(5_000))

    assert abs(counts[Split.TRAIN] - 4_000) < 150
    assert abs(counts[Split.VALIDATION] - 500) < 100


def test_an_image_stays_where_it_was_drawn() -> None:
    """A change of these would move images from the test split of earlier exports into training."""
    drawn = [split_of(sha256_of(str(number))).value for number in range(12)]

    assert drawn == [
        "train",
        "train",
        "train",
        "test",
        "test",
        "train",
        "validation",
        "train",
        "train",
        "train",
        "train",
        "train",
    ]
