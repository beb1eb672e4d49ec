"""A prepared image is found again by the runs that go on with its tag, and never another picture in its place."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from judge_pipeline.engine.kept_images import KEPT_SECONDS, KeptImages
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.images.treatments import NO_END

IMAGE = PreparedImage(b"\xff\xd8\n\n\x00 jpeg", "image/jpeg", 64, 48, "f" * 64, 128, 96, "PNG", (NO_END,))


def test_an_image_is_the_same_until_it_is_forgotten(tmp_path: Path) -> None:
    kept = KeptImages(tmp_path / "images", min_side=28)
    assert kept.read("one") is None
    kept.keep("one", IMAGE)
    kept.keep("one", replace(IMAGE, data=b"another"))
    assert KeptImages(tmp_path / "images", min_side=28).read("one") == IMAGE
    assert (tmp_path / "images").stat().st_mode & 0o777 == 0o700
    assert KeptImages(tmp_path / "images", min_side=64).read("one") is None, "another recipe"
    kept.forget("one")
    kept.forget("one")
    assert kept.read("one") is None


@pytest.mark.parametrize("damaged", [b"", b"{", b"{}\n", b'{"treatments": []}\n', b"cut"])
def test_a_damaged_file_is_fetched_again(tmp_path: Path, damaged: bytes) -> None:
    kept = KeptImages(tmp_path, min_side=28)
    kept.keep("one", IMAGE)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3] if damaged == b"cut" else damaged)
    assert kept.read("one") is None


def test_the_folder_does_not_grow_without_end(tmp_path: Path) -> None:
    kept = KeptImages(tmp_path, min_side=28, most_bytes=2 * len(IMAGE.data))
    for item in ("one", "two", "three"):
        kept.keep(item, IMAGE)
    assert [kept.read(item) is not None for item in ("one", "two", "three")] == [True, True, False]
    long_ago = time.time() - KEPT_SECONDS - 1
    for path in tmp_path.iterdir():
        os.utime(path, (long_ago, long_ago))
    later = KeptImages(tmp_path, min_side=28)
    later.keep("four", IMAGE)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file is in the way")
    kept = KeptImages(tmp_path / "images", min_side=28)
    kept.keep("one", IMAGE)
    kept.forget("one")
    assert kept.read("one") is None
