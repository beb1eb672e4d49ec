"""A file or folder is replaced completely or left as it was."""

from pathlib import Path

import pytest

from judge_pipeline.engine.atomic_files import atomic_folder, write_text_atomically


def _fail_halfway(out: Path) -> None:
    with atomic_folder(out) as folder:
        (folder / "two").touch()
        (folder / "three").read_bytes()


def test_a_folder_is_written_completely_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with atomic_folder(out) as folder:
        (folder / "one").touch()
    with pytest.raises(FileNotFoundError):
        _fail_halfway(out)
    assert [file.name for file in out.iterdir()] == ["one"]

    with atomic_folder(out) as folder:
        (folder / "three").touch()
    assert [file.name for file in out.iterdir()] == ["three"]
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_replaces_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.html"
    for text in ("first", "half \ud83d"):
        write_text_atomically(file, [text])
    assert file.read_text(encoding="utf-8") == "half \\ud83d"
    assert list(file.parent.iterdir()) == [file]
