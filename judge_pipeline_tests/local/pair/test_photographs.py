"""Which files of a folder are used, and the error if there are none."""

import hashlib
from pathlib import Path

import pytest

from judge_pipeline.local.pair.errors import NoPhotographs
from judge_pipeline.local.pair.photographs import photographs, sample_folder


def test_images_are_found_by_their_suffix_in_any_case_and_sorted_by_name(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.jpeg", "c d.png", "é.WebP", "notes.txt", "e.gif", ".hidden"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    found = photographs(tmp_path)
    assert [photograph.title for photograph in found] == ["a.jpeg", "b.JPG", "c d.png", "é.WebP"]
    assert found[0].sha256 == hashlib.sha256(b"a.jpeg").hexdigest()


def test_a_folder_without_images_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(NoPhotographs, match=f"the folder '{tmp_path}' holds no JPEG, PNG or WebP files"):
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
