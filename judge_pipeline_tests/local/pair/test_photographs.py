"""Which files of a folder are used, and the error if there are none."""

import hashlib
import os
from pathlib import Path

import pytest

from judge_pipeline.local.pair.errors import NoPhotographs
from judge_pipeline.local.pair.photographs import LeftOut, left_out_sentence, photographs, sample_folder


def test_images_are_found_by_their_suffix_in_any_case_and_sorted_by_name(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.jpeg", "c d.png", "é.WebP", "notes.txt", "e.gif", ".hidden"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    found = photographs(tmp_path)
    assert [photograph.title for photograph in found] == ["a.jpeg", "b.JPG", "c d.png", "é.WebP"]
    assert found[0].sha256 == hashlib.sha256(b"a.jpeg").hexdigest()


def fill(folder: Path, *names: str | bytes) -> None:
    for name in names:
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name))))  # noqa: PTH118
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"an image")


def test_what_is_left_out_is_counted_by_kind(tmp_path: Path) -> None:
    """AppleDouble files, which macOS writes next to each file on other disks, look like images by their suffix."""
    fill(tmp_path, "a.jpg", "b.bmp", "c.avif", "d.jfif", "e.tif", "._a.jpg", ".hidden.jpg", ".Trash/x.jpg", "Thumbs.db")
    fill(tmp_path, "f.gif", "g.gif", "README", "sub/inner.jpg", "__MACOSX/._a.jpg")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    left_out = LeftOut()
    found = photographs(tmp_path, left_out=left_out)
    assert [photograph.title for photograph in found] == ["a.jpg", "b.bmp", "c.avif", "d.jfif", "e.tif"]
    assert left_out_sentence(tmp_path, left_out) == (
        f"left out of '{tmp_path}': 3 hidden files, 2 subfolders, 1 empty file, 1 unreadable file, 2 .gif files, "
        "1 .db file, 1 suffixless file; --recursive takes the images of subfolders"
    )


def test_subfolders_are_taken_on_request_under_their_paths(tmp_path: Path) -> None:
    """Two files of the same name in different folders are two images."""
    fill(tmp_path, "a.jpg", "one/a.jpg", "one/deep/a.jpg", "two/a.jpg", "two/._a.jpg", ".git/a.jpg")
    (tmp_path / "two" / "loop").symlink_to(tmp_path)
    left_out = LeftOut()
    found = photographs(tmp_path, recursive=True, left_out=left_out)
    assert [photograph.title for photograph in found] == ["a.jpg", "one/a.jpg", "one/deep/a.jpg", "two/a.jpg"]
    assert {photograph.folder for photograph in found} == {tmp_path}
    assert left_out == {"hidden file": 2, "subfolder": 1}


def test_a_name_that_is_not_utf8_is_written_out(tmp_path: Path) -> None:
    fill(tmp_path, b"caf\xe9.jpg", "caf\\xe9.jpg", "café.jpg")
    titles = {photograph.title for photograph in photographs(tmp_path)}
    assert titles == {"caf\\xe9.jpg", "caf\\xe9.jpg (2)", "café.jpg"}


def test_a_folder_without_images_is_named(tmp_path: Path) -> None:
    (tmp_path / "blank.jpg").touch()
    with pytest.raises(
        NoPhotographs,
        match=f"the folder '{tmp_path}' holds no JPEG, PNG, WebP, AVIF, BMP or TIFF files; left out of .*: 1 empty file",
    ):
        photographs(tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "file.jpg"])
def test_a_path_that_is_not_a_folder_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.jpg").touch()
    with pytest.raises(NoPhotographs, match=f"'{tmp_path / name}' is not a folder"):
        photographs(tmp_path / name)


def test_every_sample_photograph_has_an_attribution() -> None:
    folder = sample_folder()
    named = {line.split("\t")[0] for line in (folder / "ATTRIBUTION.tsv").read_text(encoding="utf-8").splitlines()[1:]}
    assert {photograph.title for photograph in photographs(folder)} == named
    assert len(named) == 23
