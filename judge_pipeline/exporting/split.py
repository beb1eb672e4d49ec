"""Splits: whether an image is in train, validation or test, permanently."""

import hashlib
from enum import StrEnum

TRAIN_SHARE = 0.8
VALIDATION_SHARE = 0.1


class Split(StrEnum):
    """A split, by its name in `datasets`."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def split_of(image_sha256: str) -> Split:
    """Derived from the image's bytes: the same in every export and for every copy of a file.

    So no image is used for both training and testing, not even under two names.
    """
    digest = hashlib.sha256(f"split {image_sha256}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    if place < TRAIN_SHARE:
        return Split.TRAIN
    return Split.VALIDATION if place < TRAIN_SHARE + VALIDATION_SHARE else Split.TEST
