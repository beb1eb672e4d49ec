"""Splits: which part of an export an image belongs to, for good."""

import hashlib
from enum import StrEnum

TRAIN_SHARE = 0.8
VALIDATION_SHARE = 0.1


class Split(StrEnum):
    """A part of an export, by the name that `datasets` gives it."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def split_of(image_sha256: str) -> Split:
    """Drawn from the bytes of the image: the same in every export, whatever is added, and for every copy of a file.

    So no image is trained on and tested with, under two names either.
    """
    digest = hashlib.sha256(f"split {image_sha256}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    if place < TRAIN_SHARE:
        return Split.TRAIN
    return Split.VALIDATION if place < TRAIN_SHARE + VALIDATION_SHARE else Split.TEST
