"""What is passed on of a JPEG: only what every server decodes to the whole picture."""

import random

import pytest

from judge_pipeline.models.images.preparation import prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline_tests.models.images.kinds.jpegs import ARITHMETIC, BASELINE, END, JPEGS, PROGRESSIVE, RESTARTS
from judge_pipeline_tests.models.images.kinds.kind import Kind

BASELINE_FRAME = b"\xff\xc0"


@pytest.mark.parametrize("kind", [kind for kind in JPEGS if kind.notes], ids=lambda kind: kind.name)
def test_what_not_every_decoder_reads_is_encoded_again(kind: Kind) -> None:
    """Such as llama.cpp's, which knows no arithmetic coding."""
    data = prepare_image(kind.make()).data
    assert BASELINE_FRAME in data
    assert data.endswith(END)


def test_a_file_that_is_whole_is_passed_on_unchanged() -> None:
    for data in (BASELINE, PROGRESSIVE, RESTARTS):
        assert prepare_image(data).data == data


@pytest.mark.parametrize(
    "data", [BASELINE, PROGRESSIVE, RESTARTS, ARITHMETIC], ids=["baseline", "progressive", "restarts", "arithmetic"]
)
@pytest.mark.parametrize("filling", [b"", bytes(2_000), b"\xff\xd9" * 3])
def test_wherever_a_file_is_cut_an_end_marker_does_not_make_it_whole(data: bytes, filling: bytes) -> None:
    places = random.Random(7).sample(range(100, int(len(data) * 0.9)), 12)
    for place in places:
        with pytest.raises(UnreadableImage, match=r"ends early|damaged|cut off"):
            prepare_image(data[:place] + filling + END)


def test_a_file_of_thousands_of_scans_is_refused() -> None:
    """Each is a pass over all pixels."""
    scan = PROGRESSIVE[PROGRESSIVE.rindex(b"\xff\xda") : -2]
    with pytest.raises(UnreadableImage, match="at most 200 are read"):
        prepare_image(PROGRESSIVE[:-2] + scan * 1_000 + END)
